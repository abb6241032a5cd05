//! Records as JSON.

use std::fmt;
use std::io::{BufRead, Read};

use serde::Deserializer as _;
use serde::de::{SeqAccess, Visitor};
use serde_json::{Deserializer, Value};

use super::{LINE_MAX, Limits, Sampler, Source, Taken, Unreadable, failed, record};

/// What is wrong with a piece of JSON, without any of it.
pub(super) fn words(error: &serde_json::Error, has_lines: bool) -> String {
    let words = error.to_string();
    let words = words
        .rsplit_once(" at line ")
        .map_or(&*words, |(words, _)| words);
    match (error.line(), has_lines) {
        (0, _) => format!("no JSON: {words}"),
        (_, false) => format!("no JSON: {words} (column {})", error.column()),
        (_, true) => format!("{words} (column {})", error.column()),
    }
}

/// One in each line.
pub(super) fn lines<R: Read>(source: &mut Source<'_, R>) -> Result<(), Unreadable> {
    "JSON lines".clone_into(&mut source.taken.form);
    let mut line = Vec::new();
    for number in 1_u64.. {
        if source.is_full() {
            break;
        }
        let length = next_line(&mut source.reader, &mut line).map_err(|error| failed(&error))?;
        let is_cut = line.last() != Some(&b'\n') && source.is_cut();
        if length == 0 || is_cut {
            break;
        }
        let place = || format!("line {number}");
        if length > LINE_MAX {
            source
                .taken
                .broken(place(), format!("longer than {} MiB", LINE_MAX >> 20));
            continue;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match record(&line) {
            Ok(record) => source.take(&record, place),
            Err(why) => source.taken.broken(place(), why),
        }
    }
    Ok(())
}

/// Reads up to the end of the line, and says how long it is. What is beyond the longest is not kept.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<usize> {
    line.clear();
    let mut length = 0;
    loop {
        let there = match reader.fill_buf() {
            Ok(there) => there,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let end = there.iter().position(|byte| *byte == b'\n');
        let count = end.map_or(there.len(), |end| end + 1);
        if length + count <= LINE_MAX {
            line.extend_from_slice(&there[..count]);
        } else if end.is_some() {
            line.push(b'\n');
        }
        length += count;
        reader.consume(count);
        if end.is_some() || count == 0 {
            return Ok(length);
        }
    }
}

/// One after the other, each over several lines.
pub(super) fn one_by_one<R: Read>(source: &mut Source<'_, R>) {
    "JSON".clone_into(&mut source.taken.form);
    let mut number = 0_u64;
    while !source.is_full() {
        number += 1;
        // A stream would borrow the reader for all of them.
        let mut values = Deserializer::from_reader(&mut source.reader).into_iter::<Value>();
        match values.next() {
            None => break,
            Some(Ok(record)) => source.take(&record, || format!("record {number}")),
            Some(Err(error)) => {
                // Where the next one would begin, nobody knows.
                if !source.is_cut() {
                    source
                        .taken
                        .broken(line(number, &error), words(&error, true));
                }
                break;
            }
        }
    }
}

/// Where a mistake is: the first record of a file begins with its first line.
fn line(number: u64, error: &serde_json::Error) -> String {
    match number {
        1 => format!("line {}", error.line()),
        _ => format!("record {number}, line {} of it", error.line()),
    }
}

/// The elements of an array.
pub(super) fn array<R: Read>(source: &mut Source<'_, R>) {
    "a JSON array".clone_into(&mut source.taken.form);
    // The reader is in use while elements are taken in.
    let Source {
        reader,
        limits,
        sampler,
        taken,
    } = source;
    let elements = Elements {
        limits,
        sampler,
        taken,
    };
    let read = Deserializer::from_reader(reader).deserialize_seq(elements);
    if let Err(error) = read
        && !source.is_full()
        && !source.is_cut()
    {
        let place = format!("line {}", error.line());
        source.taken.broken(place, words(&error, true));
    }
}

struct Elements<'s> {
    limits: &'s Limits,
    sampler: &'s mut Sampler,
    taken: &'s mut Taken,
}

impl<'de> Visitor<'de> for Elements<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut number = 0_u64;
        while self.taken.records < self.limits.records {
            let Some(record) = elements.next_element::<Value>()? else {
                break;
            };
            number += 1;
            if self.sampler.take(&record, None) {
                self.taken.records += 1;
            } else {
                self.taken
                    .broken(format!("element {number}"), "not an object");
            }
        }
        Ok(())
    }
}
