//! Reading the files that fields take values from.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use options::{Location, Problem, Problems};

use super::table::Table;

use super::{CellType, Column, Link, LookupOptions, RowPick, Rows, mistakes};
use crate::entities::{Each, Entities, Zipf, each_at, one_at};
use crate::field::{FieldOptions, HeaderOptions};
use crate::kinds::{DataHistogram, Measured};
use crate::options::RecordsOptions;

/// The files that fields take values from, each of which is read once.
pub struct DataFiles<'r> {
    read: &'r mut dyn FnMut(&Path) -> io::Result<Vec<u8>>,
    tables: HashMap<PathBuf, Option<Rc<Table>>>,
    columns: HashMap<(PathBuf, String, Option<CellType>), Arc<Column>>,
}

impl std::fmt::Debug for DataFiles<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataFiles")
            .field("tables", &self.tables.keys())
            .finish_non_exhaustive()
    }
}

impl<'r> DataFiles<'r> {
    /// `read` has the content of a file, by the path that the scenario has.
    pub fn new(read: &'r mut dyn FnMut(&Path) -> io::Result<Vec<u8>>) -> DataFiles<'r> {
        DataFiles {
            read,
            tables: HashMap::new(),
            columns: HashMap::new(),
        }
    }

    /// The table in a file; a mistake is told where the file is named first.
    fn table(&mut self, file: &Path, at: &Location, problems: &mut Problems) -> Option<Rc<Table>> {
        if let Some(known) = self.tables.get(file) {
            return known.clone();
        }
        let name = file.display();
        let table = match (self.read)(file) {
            Ok(bytes) => Table::parse(bytes).map_err(|wrong| {
                problems.extend(mistakes(wrong, file, at, "file"));
            }),
            Err(error) => {
                problems.push(
                    Problem::new(at.join("file"), format!("`{name}` can't be read: {error}"))
                        .help("the file is looked for beside the scenario's file"),
                );
                Err(())
            }
        };
        let table = table.ok().map(Rc::new);
        self.tables.insert(file.to_owned(), table.clone());
        table
    }

    fn column(
        &mut self,
        options: &LookupOptions,
        at: &Location,
        problems: &mut Problems,
    ) -> Option<Arc<Column>> {
        let table = self.table(&options.file, at, problems)?;
        let key = (options.file.clone(), options.column.clone(), options.as_);
        if let Some(known) = self.columns.get(&key) {
            return Some(Arc::clone(known));
        }
        match table.column(&options.column, options.as_) {
            Ok(column) => {
                let column = Arc::new(column);
                self.columns.insert(key, Arc::clone(&column));
                Some(column)
            }
            Err(wrong) => {
                problems.extend(mistakes(wrong, &options.file, at, "column"));
                None
            }
        }
    }

    /// How a row is chosen, as these options say.
    fn rows(
        &mut self,
        options: &LookupOptions,
        at: &Location,
        problems: &mut Problems,
    ) -> Option<Rows> {
        let table = self.table(&options.file, at, problems)?;
        let count = table.rows as u64;
        let told = |wrong, key: &str| mistakes(wrong, &options.file, at, key);
        if let Some(name) = &options.weight {
            return match table.weights(name) {
                Ok(weights) => Some(Rows::weighted(&weights)),
                Err(wrong) => {
                    problems.extend(told(wrong, "weight"));
                    None
                }
            };
        }
        if let Some((column, field)) = options.matching.first() {
            return match table.index(column) {
                Ok(index) => Some(Rows::Matching {
                    field: field.clone(),
                    index: Arc::new(index),
                }),
                Err(wrong) => {
                    problems.extend(told(wrong, "where"));
                    None
                }
            };
        }
        Some(match options.pick {
            None => Rows::Uniform { count },
            Some(RowPick::Zipf(exponent)) => Rows::Zipf(Zipf::new(count, exponent)),
            Some(RowPick::Each(each)) => Rows::Each {
                count,
                is_once: each == Each::Once,
            },
        })
    }

    /// What lookups of one record or entity lead to, in their order.
    fn links(&mut self, found: &[(LookupOptions, Location)], problems: &mut Problems) -> Vec<Link> {
        let mut rows: HashMap<(&Path, String), Arc<Rows>> = HashMap::new();
        let key = |options: &LookupOptions| options.row_name();
        let mut chosen: HashMap<(&Path, String), (&LookupOptions, &Location)> = HashMap::new();
        for (options, at) in found.iter().filter(|(options, _)| options.chooses()) {
            let key = (options.file.as_path(), key(options));
            let Some((first, place)) = chosen.get(&key) else {
                chosen.insert(key, (options, at));
                continue;
            };
            let of = |it: &LookupOptions| (it.weight.clone(), it.pick, it.matching.clone());
            if of(first) != of(options) {
                let message = format!("`{place}` says already which row of this file it is");
                let help =
                    "say it once, or give one of the two a `row` of its own, e.g. `row: gift`";
                problems.push(Problem::new(at.clone(), message).help(help));
            }
        }
        let links = found.iter().map(|(options, at)| {
            let key = (options.file.as_path(), key(options));
            let column = self.column(options, at, problems);
            let (how, place) = chosen.get(&key).copied().unwrap_or((options, at));
            let rows = rows.entry(key).or_insert_with(|| {
                let rows = self.rows(how, place, problems);
                // What is wrong was told.
                Arc::new(rows.unwrap_or(Rows::Uniform { count: 1 }))
            });
            Link {
                column: Some(column.unwrap_or_default()),
                rows: Some(Arc::clone(rows)),
            }
        });
        links.collect()
    }

    fn measured(
        &mut self,
        options: &DataHistogram,
        at: &Location,
        problems: &mut Problems,
    ) -> Measured {
        let Some(table) = self.table(&options.file, at, problems) else {
            return Measured::default();
        };
        let mut told = |wrong, key: &str| {
            problems.extend(mistakes(wrong, &options.file, at, key));
        };
        let values = table.numbers(&options.column);
        let counts = options.counts.as_ref().map(|name| table.weights(name));
        match (values, counts) {
            (Ok(values), None) => Measured::new(values.into_iter().map(|value| (value, 1.0))),
            (Ok(values), Some(Ok(counts))) => Measured::new(values.into_iter().zip(counts)),
            (values, counts) => {
                if let Err(wrong) = values {
                    told(wrong, "column");
                }
                if let Some(Err(wrong)) = counts {
                    told(wrong, "counts");
                }
                Measured::default()
            }
        }
    }

    /// Reads what these fields need, which are all of one record or entity: the fields, with their places.
    fn read(&mut self, fields: Vec<(&mut FieldOptions, Location)>, problems: &mut Problems) {
        let (mut lookups, mut histograms) = (Vec::new(), Vec::new());
        for (field, at) in &fields {
            one_at(field, at, &mut |field, at| {
                if let FieldOptions::Lookup(options) = field {
                    lookups.push((options.clone(), at.join("lookup")));
                } else if let Some((options, at)) = DataHistogram::of(field, at) {
                    histograms.push((options.clone(), at));
                }
            });
        }
        let mut links = self.links(&lookups, problems).into_iter();
        let measured = histograms
            .iter()
            .map(|(options, at)| self.measured(options, at, problems));
        let mut measured = measured.collect::<Vec<_>>().into_iter();
        for (field, _) in fields {
            each_mut(field, &mut |field| {
                if let FieldOptions::Lookup(options) = field {
                    options.link = links.next().unwrap_or_default();
                } else if let Some(options) = DataHistogram::of_mut(field) {
                    options.measured = Some(Arc::new(measured.next().unwrap_or_default()));
                }
            });
        }
    }
}

/// Hands over this field and all below it, in the order in which [`one_at`] does.
fn each_mut(field: &mut FieldOptions, take: &mut dyn FnMut(&mut FieldOptions)) {
    take(field);
    field.each_below(&mut |below| each_mut(below, take));
}

/// Reads the files that fields of these records take values from, which stand at `at`. Without it, records with such
/// fields do not compile. Entities have to be read before, and [linked](RecordsOptions::link) behind it.
pub fn read_data(
    records: &mut RecordsOptions,
    at: &Location,
    files: &mut DataFiles<'_>,
    problems: &mut Problems,
) {
    let mut fields = Vec::new();
    for (name, field) in &mut records.fields {
        fields.push((field, at.join("fields").join(name)));
    }
    for (key, headers) in [
        ("headers", &mut records.headers),
        ("attributes", &mut records.attributes),
    ] {
        for (name, header) in headers {
            if let HeaderOptions::Made(field) = header {
                fields.push((field, at.join(key).join(name)));
            }
        }
    }
    let mut session = Vec::new();
    if let Some(journeys) = &mut records.journeys {
        let at = at.join("journeys");
        for (name, field) in &mut journeys.session {
            session.push((field, at.join("session").join(name)));
        }
        for (state, options) in &mut journeys.states {
            let at = at.join("states").join(state).join("fields");
            let of_state = options.fields.iter_mut();
            fields.extend(of_state.map(|(name, field)| (field, at.join(name))));
        }
    }
    for (index, version) in records.versions.iter_mut().enumerate() {
        let at = at.join("versions").join(index).join("fields");
        let of_version = version.fields.iter_mut();
        fields.extend(of_version.map(|(name, field)| (field, at.join(name))));
    }
    files.read(fields, problems);
    files.read(session, problems);
}

/// The same for entities.
pub fn read_entity_data(
    entities: &mut Entities,
    at: &Location,
    files: &mut DataFiles<'_>,
    problems: &mut Problems,
) {
    for (name, options) in entities {
        let at = at.join(name).join("fields");
        let fields = options.fields.iter_mut();
        let fields = fields.map(|(name, field)| (field, at.join(name)));
        files.read(fields.collect(), problems);
    }
}

/// Gives the files that fields of these records take values from other names, for those who keep or move them. The
/// values stay the same.
pub fn rename_data(records: &mut RecordsOptions, name: &dyn Fn(&Path) -> Option<PathBuf>) {
    let headers = records.headers.values_mut();
    let headers = headers.chain(records.attributes.values_mut());
    let headers = headers.filter_map(|header| match header {
        HeaderOptions::Made(field) => Some(field),
        HeaderOptions::Field(_) => None,
    });
    let journeys = records.journeys.iter_mut().flat_map(|journeys| {
        let states = journeys.states.values_mut();
        let states = states.flat_map(|state| state.fields.values_mut());
        journeys.session.values_mut().chain(states)
    });
    let versions = records.versions.iter_mut();
    let versions = versions.flat_map(|version| version.fields.values_mut());
    let fields = records.fields.values_mut();
    for field in fields.chain(headers).chain(journeys).chain(versions) {
        each_mut(field, &mut |field| rename(field, name));
    }
}

/// The same for entities.
pub fn rename_entity_data(entities: &mut Entities, name: &dyn Fn(&Path) -> Option<PathBuf>) {
    for field in entities
        .values_mut()
        .flat_map(|options| options.fields.values_mut())
    {
        each_mut(field, &mut |field| rename(field, name));
    }
}

fn rename(field: &mut FieldOptions, name: &dyn Fn(&Path) -> Option<PathBuf>) {
    if let FieldOptions::Lookup(options) = field {
        if let Some(new) = name(&options.file) {
            let before = options.row_name();
            options.file = new;
            if options.row_name() != before {
                options.row = Some(before);
            }
        }
    } else if let Some(options) = DataHistogram::of_mut(field)
        && let Some(new) = name(&options.file)
    {
        options.file = new;
    }
}

/// The mistake that a file with rows that come once each has too few of them, where these fields take one each.
pub(crate) fn enough_rows(
    fields: &indexmap::IndexMap<String, FieldOptions>,
    wanted: Option<u64>,
    whose: &str,
    at: &Location,
    problems: &mut Problems,
) {
    each_at(fields, at, &mut |field, at| {
        let FieldOptions::Lookup(options) = field else {
            return;
        };
        let too_few = |rows: &u64| wanted.is_none_or(|wanted| wanted > *rows);
        if options.pick == Some(RowPick::Each(Each::Once))
            && let Some(rows) = options.once().filter(too_few)
        {
            let many = wanted.map_or("without an end".to_owned(), |wanted| wanted.to_string());
            let message = format!(
                "{rows} rows of `{}`, once each, are not enough for {whose} ({many})",
                options.file.display()
            );
            let at = at.join("lookup").join("pick").join("each");
            problems.push(
                Problem::new(at, message)
                    .help("write `each: cycle` to begin again behind the last"),
            );
        }
    });
}
