"""A flow's life by aepp (https://github.com/adobe/aepp), a client that somebody else wrote.

Arguments: address of the platform, organisation, client id, client secret. Says what it saw as one
line of JSON; ends with an error where an answer is not what aepp can use.
"""

import io
import json
import sys
import time
from contextlib import redirect_stdout

import aepp
import requests
from aepp import catalog, dataaccess, dataprep, flowservice, observability, schema

URL, ORGANIZATION, CLIENT, SECRET = sys.argv[1:5]
PERSON = "https://ns.adobe.com/xdm/context/profile-person-details"
PERSONAL = "https://ns.adobe.com/xdm/context/profile-personal-details"
DATA_LAKE = "c604ff05-7f1a-43c0-8e18-33bf874cb11c"
HTTP_FLOW = "c1a19761-d2c7-4702-b9fa-fe91f0613e81"


def connect():
    """aepp knows Adobe's addresses only; what it reads them from can be set."""
    aepp.configure(
        org_id=ORGANIZATION, client_id=CLIENT, secret=SECRET, scopes="openid,AdobeID", tech_id="t"
    )
    aepp.config.endpoints["global"] = URL
    aepp.config.config_object["oauthTokenEndpointV2"] = f"{URL}/ims/token/v3"


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def schemas(said):
    registry = schema.Schema()
    tenant = registry.getTenantId()
    said["tenant"] = tenant
    own = {"_" + tenant: {"type": "object", "properties": {"level": {"type": "string"}}}}
    group = registry.createFieldGroup({
        "type": "object",
        "title": "aepp level",
        "meta:intendedToExtend": ["https://ns.adobe.com/xdm/context/profile"],
        "definitions": {"own": {"properties": own}},
        "allOf": [{"$ref": "#/definitions/own"}],
    })
    expect("$id" in group, group)
    made = registry.createProfileSchema("aepp people", fieldGroupIds=[PERSON, PERSONAL, group["$id"]])
    expect("$id" in made, made)
    full = registry.getSchema(made["$id"], full=True)
    expect("firstName" in json.dumps(full["properties"]), full)
    expect("level" in json.dumps(full["properties"]), full)
    by_short = registry.getSchema(made["meta:altId"], full=False)
    expect(by_short["$id"] == made["$id"], by_short)
    titles = [it["title"] for it in registry.getSchemas()]
    expect(titles == ["aepp people"], titles)
    only = registry.getSchemas(classFilter="https://ns.adobe.com/xdm/context/profile")
    expect(len(only) == 1, only)
    groups = registry.getFieldGroups()
    expect([it["$id"] for it in groups] == [group["$id"]], groups)
    expect(len(registry.getFieldGroupsGlobal()) >= 2, "Adobe's field groups")
    expect(len(registry.getClassesGlobal()) >= 2, "Adobe's classes")
    identity = registry.createDescriptorOperation(
        sourceSchema=made["$id"], descType="xdm:descriptorIdentity",
        completePath="personalEmail.address", identityNSCode="Email", identityPrimary=True,
    )
    descriptor = registry.createDescriptor(identity)
    expect("@id" in descriptor, descriptor)
    found = registry.getDescriptors(prop=f"xdm:sourceSchema=={made['$id']}")
    expect([it["@id"] for it in found] == [descriptor["@id"]], found)
    one = registry.getDescriptor(descriptor["@id"])
    expect(one["xdm:namespace"] == "Email", one)
    enabled = registry.enableSchemaForRealTime(made["$id"])
    expect(enabled.get("meta:immutableTags") == ["union"], enabled)
    return registry, made, group, descriptor


def datasets(made):
    cat = catalog.Catalog()
    answer = cat.createDataSet(name="aepp people", schemaId=made["$id"], profileEnabled=True,
                               identityEnabled=True, requestDataSource=True)
    dataset = answer[0].split("/")[-1]
    one = cat.getDataSet(dataset)
    expect(one[dataset]["name"] == "aepp people", one)
    listed = cat.getDataSets(output="list")
    expect([it["id"] for it in listed] == [dataset], listed)
    expect(cat.data.ids == {"aepp people": dataset}, cat.data.ids)
    expect(cat.enableDatasetProfile(dataset) == [f"@/dataSets/{dataset}"], "profile")
    return cat, dataset


def flows(made, dataset):
    prep = dataprep.DataPrep()
    lines = [
        {"sourceType": "ATTRIBUTE", "source": "id", "destination": "_id"},
        {"sourceType": "ATTRIBUTE", "source": "firstName", "destination": "person.name.firstName"},
        {"sourceType": "ATTRIBUTE", "source": "year", "destination": "person.birthYear"},
    ]
    mapping = prep.createMappingSet(schemaId=made["$id"], mappingList=lines)
    expect(mapping.get("version") == 0, mapping)
    expect(len(prep.getMappingSets()) == 1, "mapping sets")
    whole = prep.getMappingSet(mapping["id"])
    expect([it["source"] for it in whole["mappings"]] == ["id", "firstName", "year"], whole)
    copied = prep.cleanMappingRules(whole)
    expect(len(copied) == 3, copied)
    preview = prep.previewDataOutput(
        data={"id": "1", "firstName": "Ada"},
        mappingSet={"outputSchema": whole["outputSchema"], "mappings": lines},
    )
    expect(preview[0]["data"]["person"]["name"]["firstName"] == "Ada", preview)
    expect(len(prep.getMappingSetFunctions()) > 10, "functions")
    expect(prep.updateMappingSet(mapping["id"], lines)["version"] == 1, "a new version")

    service = flowservice.FlowService()
    specs = {it["id"]: it for it in service.getFlowSpecs()}
    expect(HTTP_FLOW in specs, list(specs))
    expect("Streaming Connection" in service.getConnectionSpecsMap(), "connection specifications")
    base = service.createConnectionStreaming(
        "aepp base", sourceId="aepp", dataType="raw", paramName="aepp"
    )
    expect("id" in base, base)
    expect("error" not in json.dumps(service.connectionTest(base["id"])).lower(), "connection test")
    source = service.createSourceConnectionStreaming(base["id"], "aepp source", format="json")
    expect("id" in source, source)
    target = service.createTargetConnectionDataLake("aepp target", dataset, made["$id"], format="parquet_xdm")
    expect("id" in target, target)
    flow = service.createFlow(
        HTTP_FLOW, "aepp flow", source["id"], target["id"],
        transformation_mapping_id=mapping["id"], transformation_name="Mapping",
        transformation_version=1,
    )
    expect("id" in flow, flow)
    found = service.getFlow(flow["id"])
    expect(found["state"] == "enabled", found)
    expect([it["id"] for it in service.getFlows()] == [flow["id"]], "flows")
    for word, state in (("disable", "disabled"), ("enable", "enabled")):
        service.postFlowAction(flow["id"], word)
        expect(service.getFlow(flow["id"])["state"] == state, word)
    etag = service.getFlow(flow["id"])["etag"]
    change = [{"op": "Add", "path": "/description", "value": "by aepp"}]
    expect("etag" in service.updateFlow(flow["id"], etag, change), "a change")
    stale = service.updateFlow(flow["id"], etag, change)
    expect("does not match" in json.dumps(stale), stale)
    for listed in (service.getConnections(), service.getSourceConnections(), service.getTargetConnections()):
        expect(len(listed) == 1, listed)
    return prep, service, mapping, base, source, target, flow


def landed(cat, service, dataset, base, flow, said):
    inlet = service.getConnection(base["id"])["auth"]["params"]["inletUrl"]
    for record in ({"id": "1", "firstName": "Ada"}, {"id": "2", "year": 0}):
        answer = requests.post(inlet, json=record, headers={"x-adobe-flow-id": flow["id"]})
        expect(answer.status_code == 200, answer.text)
    deadline = time.time() + 30
    while True:
        batches = cat.getBatches(limit=100, dataSet=dataset, orderBy="desc:created")
        read = sum(it["metrics"]["recordsRead"] for it in batches.values())
        if read == 2:
            break
        expect(time.time() < deadline, f"nothing lands: {batches}")
        time.sleep(0.05)
    said["written"] = sum(it["metrics"]["recordsWritten"] for it in batches.values())
    said["failed"] = sum(it["metrics"]["recordsFailed"] for it in batches.values())
    access = dataaccess.DataAccess()
    said["files"], said["keywords"] = 0, []
    for batch, facts in batches.items():
        expect(cat.getBatch(batch)[batch]["status"] == facts["status"], batch)
        for entry in access.getBatchFiles(batch):
            for file in access.getFiles(entry["dataSetFileId"])["data"]:
                content = access.getFiles(entry["dataSetFileId"], path=file["name"])
                content = content.read()
                expect(content[:4] == b"PAR1" and len(content) == int(file["length"]), file)
                said["files"] += 1
        for file in access.getBatchFailed(batch) if facts["metrics"]["recordsFailed"] else []:
            if file["name"] != "_SUCCESS":
                refused = access.getBatchFailed(batch, path=file["name"])
                said["keywords"] += [it["keyword"] for it in refused["_validationErrors"]]
    expect(dataset in cat.getLastBatches(), "last batches")
    runs = service.getRuns(prop=f"flowId=={flow['id']}")
    said["run_records"] = sum(it["metrics"]["recordSummary"]["inputRecordCount"] for it in runs)
    insights = observability.Observability()
    body = {
        "start": "2020-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z", "granularity": "DAY",
        "metrics": [{
            "name": "timeseries.ingestion.dataset.recordsuccess.count",
            "filters": [{"name": "dataSetId", "value": dataset, "groupBy": True}],
            "aggregator": "sum", "downsample": "sum",
        }],
    }
    answer = insights.createMetricsReport(body)
    points = answer["metricResponses"][0]["datapoints"][0]["dps"]
    said["counted"] = sum(points.values())


def remove(registry, made, group, descriptor, cat, dataset, prep, service, mapping, base, source, target, flow):
    used = registry.deleteSchema(made["$id"])
    expect(used.get("status") == 400, used)
    outcomes = {
        "flow": service.deleteFlow(flow["id"]),
        "source": service.deleteSourceConnection(source["id"]),
        "target": service.deleteTargetConnection(target["id"]),
        "base": service.deleteConnection(base["id"]),
        "mapping": prep.deleteMappingSet(mapping["id"]),
        "dataset": cat.deleteDataSet(dataset),
    }
    refused = {name: code for name, code in outcomes.items() if code not in (200, 204)}
    expect(not refused, refused)
    # The schema takes part in the profile, which can't be undone.
    for kept in (
        registry.deleteDescriptor(descriptor["@id"]),
        registry.deleteSchema(made["$id"]),
        registry.deleteFieldGroup(group["$id"]),
    ):
        expect(kept.get("status") == 400, kept)


def main():
    said = {}
    # aepp talks while it works.
    with redirect_stdout(io.StringIO()):
        connect()
        registry, made, group, descriptor = schemas(said)
        cat, dataset = datasets(made)
        prep, service, mapping, base, source, target, flow = flows(made, dataset)
        landed(cat, service, dataset, base, flow, said)
        remove(registry, made, group, descriptor, cat, dataset, prep, service, mapping, base,
               source, target, flow)
    print(json.dumps(said))


main()
