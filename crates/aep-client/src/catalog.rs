//! Datasets and batches
//! (<https://experienceleague.adobe.com/docs/experience-platform/catalog/home.html>).

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::lenient::{self, or_default};
use crate::page::cut_off;
use crate::request::{Request, encoded};
use crate::send::Answer;
use crate::{Client, Error};

const BASE: &str = "/data/foundation/catalog";
/// Lists have at most this many entries.
const PAGE: usize = 100;

/// The Catalog.
#[derive(Clone, Copy, Debug)]
pub struct Catalog<'a>(pub(crate) &'a Client);

/// Which schema a dataset follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaRef {
    /// The schema's `$id`.
    pub id: String,
    /// Which version of it.
    #[serde(rename = "contentType", default, deserialize_with = "lenient::text")]
    pub content_type: String,
}

impl SchemaRef {
    /// The latest minor version of a schema.
    pub fn latest(id: impl Into<String>) -> SchemaRef {
        SchemaRef {
            id: id.into(),
            content_type: "application/vnd.adobe.xed-full-notext+json; version=1".to_owned(),
        }
    }
}

/// A dataset to create.
#[derive(Clone, Debug, Serialize)]
pub struct NewDataSet {
    /// Its name.
    pub name: String,
    /// Its schema.
    #[serde(rename = "schemaRef")]
    pub schema_ref: SchemaRef,
    /// Tags; the names of own ones must not begin with `adobe`.
    pub tags: IndexMap<String, Vec<String>>,
}

impl NewDataSet {
    /// A dataset without tags.
    pub fn new(name: impl Into<String>, schema_ref: SchemaRef) -> NewDataSet {
        NewDataSet {
            name: name.into(),
            schema_ref,
            tags: IndexMap::new(),
        }
    }

    /// Adds a tag.
    pub fn tag(mut self, name: impl Into<String>, value: impl Into<String>) -> NewDataSet {
        self.tags.entry(name.into()).or_default().push(value.into());
        self
    }

    /// The request that creates it.
    pub fn request(&self) -> Request {
        Request::post(format!("{BASE}/dataSets?requestDataSource=true"), self)
    }
}

/// A dataset.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DataSet {
    /// Its id; in the answer it is the key.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Its description.
    #[serde(default, deserialize_with = "or_default")]
    pub description: String,
    /// `DRAFT`, `ENABLED`, ….
    #[serde(default, deserialize_with = "or_default")]
    pub state: String,
    /// Its schema.
    #[serde(
        rename = "schemaRef",
        default,
        deserialize_with = "lenient::if_readable"
    )]
    pub schema_ref: Option<SchemaRef>,
    /// Its tags.
    #[serde(default, deserialize_with = "lenient::tags")]
    pub tags: BTreeMap<String, Vec<String>>,
    /// Its version.
    #[serde(default, deserialize_with = "lenient::text")]
    pub version: String,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A batch of records in a dataset.
#[derive(Clone, Debug, Deserialize)]
pub struct Batch {
    /// Its id; in the answer it is the key.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: String,
    /// `success`, `failed`, `processing`, `staging`, ….
    #[serde(default, deserialize_with = "or_default")]
    pub status: String,
    /// Milliseconds since 1970.
    #[serde(default, deserialize_with = "lenient::millis")]
    pub created: i64,
    /// Milliseconds since 1970: when it last changed, which for a batch that is done is when its
    /// records could be read.
    #[serde(default, deserialize_with = "lenient::millis")]
    pub updated: i64,
    /// How many records.
    #[serde(default, deserialize_with = "or_default")]
    pub metrics: BatchMetrics,
    /// What went wrong.
    #[serde(default, deserialize_with = "lenient::list")]
    pub errors: Vec<BatchError>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The numbers of a batch; what the platform does not say is `None`.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BatchMetrics {
    /// Records that came in.
    #[serde(deserialize_with = "lenient::count")]
    pub records_read: Option<u64>,
    /// Records that landed.
    #[serde(deserialize_with = "lenient::count")]
    pub records_written: Option<u64>,
    /// Records that were refused.
    #[serde(deserialize_with = "lenient::count")]
    pub records_failed: Option<u64>,
}

/// What went wrong in a batch.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct BatchError {
    /// The platform's code.
    #[serde(deserialize_with = "lenient::text")]
    pub code: String,
    /// Its words.
    #[serde(deserialize_with = "or_default")]
    pub description: String,
}

impl Batch {
    /// Whether it is done and its records can be read.
    pub fn is_success(&self) -> bool {
        self.status == "success"
    }

    /// The batches whose records it has in their place, as after a compaction.
    pub fn replaces(&self) -> impl Iterator<Item = &str> {
        let replay = self.rest.get("replay");
        let predecessors = replay.and_then(|replay| replay.get("predecessors")?.as_array());
        predecessors.into_iter().flatten().filter_map(Value::as_str)
    }

    /// Whether nothing more will come of it.
    pub fn is_over(&self) -> bool {
        const OVER: [&str; 7] = [
            "success",
            "failure",
            "failed",
            "aborted",
            "abandoned",
            "inactive",
            "deleted",
        ];
        OVER.contains(&self.status.as_str())
    }
}

impl Catalog<'_> {
    /// Creates a dataset and says its id.
    pub async fn create_dataset(&self, new: &NewDataSet) -> Result<String, Error> {
        self.create(&new.request()).await
    }

    /// Creates the dataset that `request` asks for and says its id.
    pub async fn create(&self, request: &Request) -> Result<String, Error> {
        id_of(&self.0.send(request).await?)
    }

    /// Changes a dataset by a JSON Patch and says its id.
    pub async fn patch_dataset(&self, id: &str, patch: &Value) -> Result<String, Error> {
        let request = Request::patch(format!("{BASE}/dataSets/{}", encoded(id)), patch)
            .content_type("application/json-patch+json");
        id_of(&self.0.send(&request).await?)
    }

    /// A dataset by its id.
    pub async fn dataset(&self, id: &str) -> Result<Option<DataSet>, Error> {
        let request = Request::get(format!("{BASE}/dataSets/{}", encoded(id)));
        let found: Option<IndexMap<String, DataSet>> = self.0.found(&request).await?;
        Ok(found.and_then(|keyed| datasets(keyed).next()))
    }

    /// The datasets with this name.
    pub async fn find_datasets(&self, name: &str) -> Result<Vec<DataSet>, Error> {
        let filter = encoded(&format!("name=={name}"));
        let keyed = self
            .pages("dataSets", &format!("property={filter}"))
            .await?;
        Ok(datasets(keyed)
            .filter(|dataset| dataset.name == name)
            .collect())
    }

    /// The datasets that carry this value of a tag.
    pub async fn find_datasets_by_tag(
        &self,
        tag: &str,
        value: &str,
    ) -> Result<Vec<DataSet>, Error> {
        let filter = encoded(&format!("{tag}:{value}"));
        let keyed = self.pages("dataSets", &format!("tags={filter}")).await?;
        let carries = |dataset: &DataSet| {
            let values = dataset.tags.get(tag);
            values.is_some_and(|values| values.iter().any(|it| it == value))
        };
        Ok(datasets(keyed).filter(carries).collect())
    }

    /// Removes a dataset; `false` if there was none.
    pub async fn delete_dataset(&self, id: &str) -> Result<bool, Error> {
        let request = Request::delete(format!("{BASE}/dataSets/{}", encoded(id)));
        match self.0.send(&request).await {
            // 200 with an empty list: there was nothing to remove.
            Ok(answer) => {
                Ok(!matches!(answer.json::<Value>(), Ok(Value::Array(list)) if list.is_empty()))
            }
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The batches of a dataset, created after a moment (milliseconds since 1970) if one is given.
    pub async fn batches(
        &self,
        dataset: &str,
        created_after: Option<i64>,
    ) -> Result<Vec<Batch>, Error> {
        let after =
            created_after.map_or_else(String::new, |after| format!("&createdAfter={after}"));
        let query = format!("dataSet={}&orderBy=desc:created{after}", encoded(dataset));
        let keyed: IndexMap<String, Batch> = self.pages("batches", &query).await?;
        Ok(keyed
            .into_iter()
            .map(|(id, batch)| Batch { id, ..batch })
            .collect())
    }

    /// A batch by its id.
    pub async fn batch(&self, id: &str) -> Result<Option<Batch>, Error> {
        let request = Request::get(format!("{BASE}/batches/{}", encoded(id)));
        let found: Option<IndexMap<String, Batch>> = self.0.found(&request).await?;
        let first = found.and_then(|keyed| keyed.into_iter().next());
        Ok(first.map(|(id, batch)| Batch { id, ..batch }))
    }

    /// All pages of a list that comes as an object keyed by id.
    async fn pages<T: serde::de::DeserializeOwned>(
        &self,
        what: &str,
        query: &str,
    ) -> Result<IndexMap<String, T>, Error> {
        let mut all = IndexMap::<String, Value>::new();
        for start in (0..).step_by(PAGE) {
            let path = format!("{BASE}/{what}?{query}&limit={PAGE}&start={start}");
            let page: IndexMap<String, Value> = self.0.json(&Request::get(&path)).await?;
            let count = page.len();
            let before = all.len();
            all.extend(page);
            if count < PAGE {
                break;
            }
            // A service that ignores `start` answers the same page for ever.
            if all.len() == before {
                return Err(cut_off(&path));
            }
        }
        let readable = |(id, thing)| Some((id, lenient::readable([thing]).next()?));
        Ok(all.into_iter().filter_map(readable).collect())
    }
}

/// The id in `["@/dataSets/{id}"]`.
fn id_of(answer: &Answer) -> Result<String, Error> {
    let said: Value = answer.json()?;
    let id = said
        .get(0)
        .and_then(Value::as_str)
        .and_then(|text| text.rsplit('/').next())
        .filter(|id| !id.is_empty());
    id.map(str::to_owned)
        .ok_or_else(|| answer.unreadable("it names no dataset"))
}

fn datasets(keyed: IndexMap<String, DataSet>) -> impl Iterator<Item = DataSet> {
    keyed
        .into_iter()
        .map(|(id, dataset)| DataSet { id, ..dataset })
}
