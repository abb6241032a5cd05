//! Records ready to be written: a program with the constants of a run.

use std::sync::Arc;

use options::{Location, Problems};

use crate::RecordsOptions;
use crate::beside::{Beside, Value};
use crate::defects::Defects;
use crate::event_times::{EventTimes, Later};
use crate::id::{ID_LEN, IdCodec};
use crate::journeys::{JourneyTree, Journeys};
pub(crate) use crate::key::{Key, push_key};
use crate::operations::Operations;
use crate::options::Compiled;
use crate::program::{Constants, Program};
use crate::random::{hash, mix, stream_key, threshold};
use crate::replay::ReplayOptions;
use crate::versions::VersionStart;
use crate::wire::Wire;
use crate::writer::Writer;
use crate::writing::Row;

/// What a run adds to its scenario: constants of all its records.
#[derive(Clone, Debug)]
pub struct Context {
    /// The scenario's seed.
    pub seed: u64,
    /// The stream's name: two streams of one seed have different records.
    pub stream: String,
    /// The run's start, in nanoseconds since 1970: the moment that event times count from.
    pub start_unix_nanos: i128,
    /// When the events of the records happened, counted from the start.
    pub event_times: Arc<dyn EventTimes>,
}

/// Records ready to be written: the function `record(seed, n)`.
///
/// Bytes depend on the options, the [`Context`] and `n` alone, and are the same on every machine.
/// Nothing is allocated per record, once the buffers have grown.
#[derive(Clone, Debug)]
pub struct Template {
    /// What writes the JSON of a record.
    pub(crate) program: Program,
    /// What writes a record as it is sent, if that is something else.
    pub(crate) wire: Option<Wire>,
    pub(crate) format: &'static str,
    pub(crate) constants: Constants,
    /// Whether something depends on when a record's event happened.
    pub(crate) needs_times: bool,
    pub(crate) journeys: Option<Journeys>,
    replay: Option<ReplayOptions>,
    pub(crate) operations: Option<Operations>,
    /// Later versions, with their first ordinals.
    pub(crate) later: Vec<(VersionStart, u64, Arc<Template>)>,
    /// The ids of the canaries of this stream.
    canaries: IdCodec,
    pub(crate) key: Option<Key>,
    pub(crate) beside: Option<Beside>,
    /// How many records are tombstones, as a threshold.
    pub(crate) tombstones: Option<u64>,
    pub(crate) defects: Option<Defects>,
    id_field: Option<String>,
    pub(crate) max_len: usize,
    mean_len: f64,
}

/// How many records are written to find their mean length …
const SAMPLE: u64 = 1000;
/// … and how many bytes that may take at most.
const SAMPLE_BYTES: u64 = 16 << 20;

impl Template {
    /// Compiles the options; all their mistakes, if there are any.
    pub fn compile(options: &RecordsOptions, context: &Context) -> Result<Template, Problems> {
        let mut template = Template::compile_one(options, context)?;
        let later = options.versions.iter().enumerate().map(|(index, version)| {
            let merged = options.version(index + 1);
            Ok((version.from, Template::compile_one(&merged, context)?))
        });
        template = template.with_versions(later.collect::<Result<_, Problems>>()?);
        Ok(template)
    }

    fn compile_one(options: &RecordsOptions, context: &Context) -> Result<Template, Problems> {
        let at = Location::root().join("records");
        let Compiled {
            json: program,
            wire,
            max_len,
            max_json_len,
        } = options.compile(&at)?;
        let key = stream_key(context.seed, hash(&context.stream));
        let constants = Constants {
            seed: context.seed,
            key,
            ids: IdCodec::new(key),
            start_nanos: options
                .fixed_start()
                .unwrap_or_else(|| i64::try_from(context.start_unix_nanos).unwrap_or(i64::MAX)),
            times: Arc::clone(&context.event_times),
        };
        let key = options
            .key
            .as_ref()
            .and_then(|key| Key::find(key, &program));
        let edits = wire.as_ref().and_then(|wire| wire.spoilt.as_ref());
        let edits = edits.map(|spoilt| &spoilt.edits[..]);
        // Of a record in an envelope, the places are those in the envelope.
        let written = wire.as_ref().map_or(&program, |wire| &wire.program);
        let defects = Defects::compile(options, written, edits, constants.key);
        let growth = defects.as_ref().map_or(0, Defects::growth);
        let largest = defects.as_ref().map_or(0, Defects::largest);
        let spoilt = wire.as_ref().and_then(|wire| wire.spoilt.as_ref());
        let spoilt = spoilt.map_or(0, |spoilt| (spoilt.max_len + 1).saturating_sub(largest));
        let beside = Beside::compile(options);
        let wire = wire.map(|written| Wire {
            has_id: written.program.has_id(),
            program: written.program,
            schema: written.schema,
            tail: written.tail,
            spoilt: written.spoilt,
            key: (options.key.as_ref()).and_then(|path| Value::of_certain(path, options)),
            max_json_len,
        });
        let mut template = Template {
            needs_times: program.needs_times() || beside.as_ref().is_some_and(Beside::needs_times),
            program,
            wire,
            format: options.format.word(),
            journeys: None,
            replay: options.replay.clone(),
            later: Vec::new(),
            operations: (options.operations.as_ref()).map(|it| Operations::new(it, options)),
            canaries: IdCodec::new(canary_key(constants.key)),
            constants,
            key,
            beside,
            tombstones: options.tombstones.map(threshold),
            defects: None,
            id_field: options.id_field(),
            max_len: max_len.saturating_add(growth).max(spoilt),
            mean_len: 0.0,
        };
        template = template.with_event_times(options, &context.event_times);
        template.mean_len = template.measure();
        template.defects = defects;
        Ok(template)
    }

    /// The same records at other event times. `options` are those that it was compiled from: how many journeys are
    /// under way at once may follow from the times.
    #[must_use]
    pub fn with_event_times(
        mut self,
        options: &RecordsOptions,
        event_times: &Arc<dyn EventTimes>,
    ) -> Template {
        let journeys = options.journeys.as_ref();
        self.journeys = journeys.map(|it| Journeys::new(it, event_times.mean_step()));
        self.constants.times = Arc::clone(event_times);
        self.each_version(|it| it.with_event_times(options, event_times))
    }

    /// The same, of a load that ends before ordinal `total`, or never. Which records have a defect depends on it: of a
    /// load with an end, a share of the whole run has, and of one without, a share of every ten thousand records.
    #[must_use]
    pub fn of_load(mut self, total: Option<u64>) -> Template {
        if let Some(defects) = &mut self.defects {
            defects.set_total(total);
        }
        self.each_version(|it| it.of_load(total))
    }

    /// What a lane writes these records with.
    pub fn writer(self: &Arc<Template>) -> Writer {
        Writer::new(Arc::clone(self))
    }

    /// What the journeys look like that the records are steps of, if they are.
    pub fn journey_tree(&self) -> Option<JourneyTree> {
        self.journeys.as_ref().map(JourneyTree::new)
    }

    /// The row of record `n` with these constants, wherever it is.
    pub(crate) fn row<'c>(&self, n: u64, constants: &'c Constants) -> Row<'c> {
        let mut row = Row::new(constants);
        if let Some(operations) = &self.operations {
            let turn = operations.turn(n, constants.key);
            row.begin_turn(n, constants.time_of(n), turn);
            return row;
        }
        let Some(journeys) = &self.journeys else {
            row.begin(n, constants.time_of(n));
            return row;
        };
        let turn = journeys.turn(n, constants.key);
        let time = if journeys.thinks() {
            turn.time(constants.time_of(turn.first as u64))
        } else {
            constants.time_of(n)
        };
        row.begin_turn(n, time, turn);
        row
    }

    /// The mean length of the first records.
    fn measure(&self) -> f64 {
        let records = SAMPLE.min(SAMPLE_BYTES / (self.max_len as u64 + 1) + 1);
        let mut record = Vec::new();
        let mut sum = 0;
        for n in 0..records {
            record.clear();
            if !self.is_tombstone(n) {
                self.record(n, &mut record);
            }
            sum += record.len();
        }
        sum as f64 / records as f64
    }

    /// Hands over the headers of record `n`: names and values.
    pub fn headers(&self, n: u64, take: impl FnMut(&str, &[u8])) {
        if let Some(version) = self.later(n) {
            version.headers(n, take);
        } else if let Some(beside) = &self.beside {
            let (n, constants) = self
                .instead(n)
                .unwrap_or_else(|| (n, self.constants.clone()));
            beside.headers(&mut self.row(n, &constants), take);
        }
    }

    /// The names of the headers, and how long their values can be in bytes.
    pub fn longest_headers(&self) -> impl Iterator<Item = (&str, usize)> {
        self.beside.iter().flat_map(Beside::longest)
    }

    /// The partition that record `n` is to go to, where records say so.
    pub fn partition(&self, n: u64) -> Option<u32> {
        if let Some(version) = self.later(n) {
            return version.partition(n);
        }
        let (n, constants) = self
            .instead(n)
            .unwrap_or_else(|| (n, self.constants.clone()));
        let beside = self.beside.as_ref()?;
        beside.partition(&mut self.row(n, &constants))
    }

    /// Appends record `n` as it is sent.
    pub fn record(&self, n: u64, out: &mut Vec<u8>) {
        self.write(n, out, |_| {});
    }

    /// Appends the key of record `n`: the text of its field, without quotes. False if records have
    /// no key.
    pub fn key(&self, n: u64, out: &mut Vec<u8>) -> bool {
        self.record_with_key(n, &mut Vec::new(), out)
    }

    /// Appends record `n` to `record` and the text of its key to `key`. False if records have no key.
    pub fn record_with_key(&self, n: u64, record: &mut Vec<u8>, key: &mut Vec<u8>) -> bool {
        self.write(n, record, |text| key.extend_from_slice(text));
        self.key.is_some()
    }

    /// The JSON text of one field of record `n` as it is without a defect; below an object, `outer.inner`. `None` if
    /// there is no such field, or if it is optional and this record does not have it.
    pub fn value(&self, n: u64, field: &str) -> Option<Vec<u8>> {
        if let Some(version) = self.later(n) {
            return version.value(n, field);
        }
        // Several states of a journey may have one of that name.
        let mut known = self
            .program
            .fields
            .iter()
            .filter(|known| known.path == field);
        known
            .find_map(|field| {
                let longest = self
                    .wire
                    .as_ref()
                    .map_or(self.max_len, |it| it.max_json_len);
                let mut record = vec![0; longest + self.slack()];
                let mut row = self.row(n, &self.constants);
                let (_, place) = self.program.run_marking(field, &mut row, &mut record);
                Some(record[place?].to_vec())
            })
            .or_else(|| self.replay.as_ref()?.value(n, field))
    }

    fn write(&self, n: u64, bytes: &mut Vec<u8>, mut push: impl FnMut(&[u8])) {
        if let Some(version) = self.later(n) {
            return version.write(n, bytes, push);
        }
        let start = bytes.len();
        let chosen = self.chosen(n);
        let larger = chosen.map_or(0, |_| self.more_for_defects());
        let slack = self.behind() + self.slack();
        bytes.resize(start + self.max_len + larger + slack, 0);
        let room = &mut bytes[start..];
        let len = if let Some(chosen) = chosen {
            self.with_defect(n, chosen, room, push)
        } else if let Some(wire) = &self.wire {
            let mut row = self.row(n, &self.constants);
            wire.run(self.key, &self.program, &mut row, room, push)
        } else {
            let mut row = self.row(n, &self.constants);
            match self.key {
                None => self.program.run(&mut row, room),
                Some(Key::Id) => {
                    let len = self.program.run(&mut row, room);
                    let mut id = [0; ID_LEN];
                    self.constants.ids.encode(n).write(&mut id);
                    push(&id);
                    len
                }
                Some(Key::Field { index, .. }) => {
                    let field = &self.program.fields[index];
                    let (len, place) = self.program.run_marking(field, &mut row, room);
                    push_key(&room[place.unwrap_or(0..0)], push);
                    len
                }
            }
        };
        bytes.truncate(start + len);
    }

    /// The field that holds the record id; below an object, `outer.inner`.
    pub fn id_field(&self) -> Option<&str> {
        self.id_field.as_deref()
    }

    /// Whether several records may have the same key: they have one, and it is not their id.
    pub fn may_share_keys(&self) -> bool {
        matches!(self.key, Some(Key::Field { .. }))
    }

    /// The ordinal that a record id stands for; `None` if it is not one of this seed and stream.
    pub fn ordinal_of(&self, id: &str) -> Option<u64> {
        self.constants.ids.decode(id)
    }

    /// Records to try the way with before the run: of the same shape, with other contents, and with
    /// ids that are none of the run's own. They are numbered from `first` on, which
    /// [`first_canary`] says.
    pub fn canary(&self, first: u64) -> Template {
        let mut canary = self.clone();
        canary.constants.key = canary_key(self.constants.key);
        canary.constants.seed = canary_key(self.constants.seed);
        canary.constants.ids = self.canaries;
        // What is tried is how the run begins.
        canary.later.clear();
        // What has no value does not land.
        canary.tombstones = None;
        if let Some(operations) = &mut canary.operations {
            operations.has_tombstones = false;
        }
        canary.defects = None;
        // The first one's event is at the run's start, whatever its number.
        canary.constants.times = Arc::new(Later {
            times: Arc::clone(&self.constants.times),
            by: first,
        });
        canary
    }

    /// The number of the [`canary`](Template::canary) that a record id stands for; `None` if it is
    /// not one of this stream's.
    pub fn canary_of(&self, id: &str) -> Option<u64> {
        self.canaries.decode(id)
    }

    /// The paths of all fields that [`value`](Template::value) knows: fields of objects stand
    /// before the object itself.
    pub fn field_names(&self) -> impl Iterator<Item = &str> {
        let fields = self.versions().flat_map(|it| &it.program.fields);
        fields.map(|field| field.path.as_str())
    }

    /// No record is longer, in bytes, but for those that are made too large on purpose.
    pub fn max_len(&self) -> usize {
        self.versions().map(|it| it.max_len).max().unwrap_or(0)
    }

    /// No record has more bytes with what is beside it: headers with their names, and the text that says where
    /// it is to go.
    pub fn max_size(&self) -> usize {
        let of = |it: &Template| {
            let beside = it.beside.as_ref().map_or(0, Beside::longest_all);
            let larger = it.defects.as_ref().map_or(0, Defects::largest);
            it.max_len.saturating_add(larger).saturating_add(beside)
        };
        self.versions().map(of).max().unwrap_or(0)
    }

    /// How long a record is on average, in bytes, measured on the first thousand.
    pub fn mean_len(&self) -> f64 {
        self.mean_len
    }
}

/// The number of the first canary of an attempt that began at a moment in milliseconds since 1970:
/// canaries of an earlier attempt have lower ones. Numbers stay exact in JSON (2^53) until 2039.
pub fn first_canary(since_millis: i64) -> u64 {
    since_millis.max(0).cast_unsigned() << 12
}

/// What the canaries of a stream come from.
fn canary_key(key: u64) -> u64 {
    mix(key, hash("canary"))
}
