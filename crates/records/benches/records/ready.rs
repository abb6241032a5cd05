//! The rows of the second table: the ready types of `scenarios/records/`.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Failed;
use crate::by_hand::of_type;
use crate::cases::{Case, JSON, Peer};

pub(crate) fn all() -> Result<Vec<Case>, Failed> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/records");
    let mut paths: Vec<_> = fs::read_dir(directory)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, Failed>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    paths.sort();
    let cases = paths.into_iter().map(|path| {
        let scenario: Value = serde_saphyr::from_str(&fs::read_to_string(&path)?)?;
        let name = path.file_stem().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        Ok(Case {
            records: scenario["records"].clone(),
            entities: scenario.get("entities").cloned().unwrap_or(json!({})),
            peer: of_type(&name).map(|run| Peer { with: JSON, run }),
            name,
        })
    });
    cases.collect()
}
