//! From a shape and a wish to a scenario.

use options::{Period, Rate};
use records::path;
use scenario::{Entry, Item, Outline, Verify, in_a_line};
use serde_json::json;

use crate::compose;
use crate::kind::{Leaf, Part};
use crate::shape::{Field, Node, Remark, Shape, Type};
use crate::table::Table;

/// What the scenario is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To measure: a steady load, and no look at the single record.
    #[default]
    Performance,
    /// To see that the way is open: a few records, each of which is looked for.
    Smoke,
    /// To have data to show.
    Demo,
}

/// What somebody wants besides the shape of the data.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// What it is for.
    pub purpose: Purpose,
    /// The address of the destination. `None`: nowhere, or the inlet of the flow if there is one.
    pub address: Option<String>,
    /// What the scenario is called; made to fit. `None`: as the destination.
    pub name: Option<String>,
    /// The rate, instead of the purpose's own.
    pub rate: Option<Rate>,
    /// For how long, instead of the purpose's own.
    pub for_: Option<Period>,
    /// How many records, instead of the purpose's own.
    pub count: Option<u64>,
    /// What the platform has already.
    pub landing: Option<Landing>,
}

/// Where on the platform the records land.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Landing {
    /// In a dataset that is there, by its id.
    DataSet(String),
    /// In a new dataset of a schema that is there, by its `$id`.
    Schema(String),
}

/// A scenario that can be written down, and what there is to say about it.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The scenario.
    pub outline: Outline,
    /// What a reader has to know.
    pub remarks: Vec<Remark>,
}

/// The person of the tutorial, for whom nothing is known of the data.
pub fn person() -> Shape {
    let text = || {
        Node::new(Type::Text {
            min: None,
            max: None,
            pattern: None,
        })
    };
    Shape {
        fields: ["id", "firstName", "lastName", "email"]
            .map(|name| Field::new(name, text()))
            .into(),
        ..Shape::default()
    }
}

/// Drafts a scenario.
pub fn draft(shape: &Shape, wish: &Wish) -> Draft {
    let records = compose::records(shape, &Table::known());
    let is_flow = wish.landing.is_some();
    let address = match (&wish.address, is_flow) {
        (None, false) => Some("discard:".to_owned()),
        (address, _) => address.clone(),
    };
    let can_be_read = address.as_deref().is_some_and(|address| {
        let scheme = address.split(':').next().unwrap_or_default();
        !matches!(scheme, "discard" | "file" | "http" | "https")
    });
    let verify = match wish.purpose {
        _ if records.id.is_none() => None,
        Purpose::Performance if !is_flow => None,
        _ if is_flow => Some(Verify::Landed),
        Purpose::Smoke if can_be_read => Some(Verify::ReadBack),
        _ => None,
    };
    let mut outline = Outline {
        about: about(shape, wish),
        name: wish.name.clone(),
        address,
        key: records.key.clone(),
        fields: records.parts.iter().map(Part::entry).collect(),
        rate: wish.rate,
        for_: wish.for_,
        count: wish.count,
        verify,
        thresholds: thresholds(wish.purpose, verify),
        ..Outline::default()
    };
    if let Some(landing) = &wish.landing {
        outline.flow = flow(landing, outline.address.as_deref(), &records.leaves());
    }
    how_much(wish.purpose, &mut outline);
    Draft {
        outline,
        remarks: records.remarks,
    }
}

fn about(shape: &Shape, wish: &Wish) -> Vec<String> {
    let from = if shape.origin.is_empty() {
        "the address of a destination"
    } else {
        &shape.origin
    };
    let for_ = match wish.purpose {
        Purpose::Performance => "to measure performance",
        Purpose::Smoke => "as a smoke test",
        Purpose::Demo => "for a demo",
    };
    vec![
        format!("Drafted by `hydrant init` from {from}, {for_}."),
        String::new(),
        "  hydrant check FILE        what is wrong with it".to_owned(),
        "  hydrant preview FILE      what its records look like".to_owned(),
        "  hydrant run FILE          send them".to_owned(),
    ]
}

/// How much, where nobody says.
fn how_much(purpose: Purpose, outline: &mut Outline) {
    let (rate, for_, count) = match purpose {
        Purpose::Performance => (1_000, Some(Period::from_secs(60)), None),
        Purpose::Smoke => (20, None, Some(100)),
        Purpose::Demo => (50, None, Some(500)),
    };
    outline.rate = outline.rate.or(Some(Rate::per_second(rate)));
    if outline.for_.is_none() && outline.count.is_none() {
        outline.for_ = for_;
        outline.count = count;
    }
}

fn thresholds(purpose: Purpose, verify: Option<Verify>) -> Vec<String> {
    let all: &[&str] = match (purpose, verify) {
        (Purpose::Performance, None) => &["errors < 0.1%"],
        (Purpose::Performance, Some(_)) => &["errors < 0.1%", "lost = 0"],
        (_, None) => &["rejected = 0"],
        (_, Some(Verify::ReadBack)) => &[
            "rejected = 0",
            "lost = 0",
            "duplicated = 0",
            "corrupted = 0",
        ],
        (_, Some(Verify::Landed)) => &["rejected = 0", "lost = 0", "refused = 0", "corrupted = 0"],
    };
    all.iter().map(|it| (*it).to_owned()).collect()
}

/// The lines below `flow:`. A record has the form of the schema, so every field goes where it is.
fn flow(landing: &Landing, address: Option<&str>, leaves: &[Leaf]) -> Vec<Entry> {
    let existing = |key: &str, id: &str| {
        let id = Entry::line("id", in_a_line(&json!(id)));
        Entry::new(key, Item::Entries(vec![id]))
    };
    let place = match landing {
        Landing::DataSet(id) => existing("dataset", id)
            .comment("It is there already: Hydrant neither makes nor removes it."),
        Landing::Schema(id) => existing("schema", id).comment(
            "It is there already; the dataset is made with the flow, and removed with it.",
        ),
    };
    let line = |leaf: &Leaf| {
        // Only a function makes a map of an object.
        let source = if leaf.is_map {
            format!("object_to_map({})", leaf.path)
        } else {
            leaf.path.clone()
        };
        Entry::line(source, in_a_line(&json!(unescaped(&leaf.path))))
    };
    let lines = leaves.iter().map(line);
    let mapping = Entry::new("mapping", Item::Entries(lines.collect()))
        .comment("Records have the form of the schema.");
    [place]
        .into_iter()
        .chain(address.and_then(source))
        .chain([mapping])
        .collect()
}

/// How the platform reads the stream, where that can't be told from how it is written: by a subscription.
fn source(address: &str) -> Option<Entry> {
    let path = address.strip_prefix("pubsub:")?.split('?').next()?;
    let topic = path.trim_end_matches('/').rsplit('/').next()?;
    let name = Entry::line(
        "subscription",
        in_a_line(&json!(format!("{topic}-hydrant"))),
    );
    let pubsub = Entry::new("pubsub", Item::Entries(vec![name]));
    let source = Entry::new("source", Item::Entries(vec![pubsub]));
    Some(source.comment("The subscription that the platform reads, and nobody else. Make it first, or name another one."))
}

/// The path as the platform writes it: no name of its has a dot.
fn unescaped(at: &str) -> String {
    path::steps(at).join(".")
}
