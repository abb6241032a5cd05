use jiff::Timestamp;
use proptest::prelude::*;

use super::*;

fn read_varint(bytes: &[u8]) -> (u64, usize) {
    let (mut number, mut shift) = (0u64, 0);
    for (index, byte) in bytes.iter().enumerate() {
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return (number, index + 1);
        }
    }
    panic!("no end in {bytes:?}");
}

fn unzig(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

proptest! {
    /// A text stands behind its length, however long it is.
    #[test]
    fn texts(text in "\\PC{0,300}") {
        let coded = Coding::Counted.of_text(text.as_bytes());
        let (len, at) = read_varint(&coded);
        prop_assert_eq!(unzig(len), text.len() as i64);
        prop_assert_eq!(&coded[at..], text.as_bytes());
    }

    /// A whole number comes back from every coding, with and without the way over its text.
    #[test]
    fn whole_numbers(number in any::<i64>(), shift in 0u32..64) {
        let number = number >> shift;
        let text = number.to_string();
        let (found, _) = read_varint(&Coding::ZigZag.of_text(text.as_bytes()));
        prop_assert_eq!(unzig(found), number);
        for coding in [Coding::ZigZag, Coding::Double] {
            let mut bytes = [0; 16];
            let end = coding.put_number(&mut bytes, 0, number, 0).unwrap();
            prop_assert_eq!(&bytes[..end], &coding.of_text(text.as_bytes())[..]);
        }
    }

    /// A decimal number is the nearest double, and exact where it is kept in units; with and without its text.
    #[test]
    fn decimals(units in -9_007_199_254_740_991i64..9_007_199_254_740_992, digits in 0u8..10) {
        let scale = 10i64.pow(digits.into());
        let sign = if units < 0 { "-" } else { "" };
        let (whole, part) = (units.unsigned_abs() / scale as u64, units.unsigned_abs() % scale as u64);
        let text = if digits == 0 { format!("{sign}{whole}") } else {
            format!("{sign}{whole}.{part:0width$}", width = digits.into())
        };
        let nearest: f64 = text.parse().unwrap();
        prop_assert_eq!(&Coding::Double.of_text(text.as_bytes())[..], &nearest.to_le_bytes()[..]);
        prop_assert_eq!(&Coding::Float.of_text(text.as_bytes())[..], &(nearest as f32).to_le_bytes()[..]);
        for coding in [
            Coding::Double,
            Coding::Float,
            Coding::Unscaled { scale: digits },
            Coding::Unscaled { scale: digits + 2 },
            Coding::UnscaledFixed { scale: digits + 1, size: 9 },
        ] {
            let mut bytes = [0; 32];
            if let Some(end) = coding.put_number(&mut bytes, 0, units, digits) {
                prop_assert_eq!(&bytes[..end], &coding.of_text(text.as_bytes())[..], "{:?}", coding);
            } else {
                prop_assert!(units.unsigned_abs() > 1 << 56, "{coding:?} of {units}");
            }
        }
        let coded = Coding::Unscaled { scale: digits }.of_text(text.as_bytes());
        let (len, at) = read_varint(&coded);
        prop_assert_eq!(unzig(len), (coded.len() - at) as i64);
        let sign = if coded[at] & 0x80 == 0 { 0 } else { -1 };
        let found = coded[at..].iter().fold(sign, |number, byte| number << 8 | i64::from(*byte));
        prop_assert_eq!(found, units);
        let fixed = Coding::UnscaledFixed { scale: digits, size: 12 }.of_text(text.as_bytes());
        prop_assert_eq!(&fixed[4..], &units.to_be_bytes()[..]);
    }

    /// A moment is the one that jiff reads, in any offset.
    #[test]
    fn moments(nanos in -30_000_000_000_000_000_000i128..130_000_000_000_000_000_000, minutes in -720i32..720) {
        let at = Timestamp::from_nanosecond(nanos).unwrap();
        let offset = jiff::tz::Offset::from_seconds(minutes * 60).unwrap();
        for text in [at.to_string(), at.display_with_offset(offset).to_string()] {
            let coded = Coding::Moment { per_second: 1_000_000 }.of_text(text.as_bytes());
            prop_assert_eq!(unzig(read_varint(&coded).0), nanos.div_euclid(1_000) as i64, "{}", text);
        }
        // In milliseconds it needs no text.
        let millis = nanos.div_euclid(1_000_000) as i64;
        let text = Timestamp::from_millisecond(millis).unwrap().to_string();
        for per_second in [1_000, 1_000_000] {
            let mut bytes = [0; 16];
            let coding = Coding::Moment { per_second };
            let end = put_moment(&mut bytes, 0, millis, per_second).unwrap();
            prop_assert_eq!(&bytes[..end], &coding.of_text(text.as_bytes())[..], "{}", text);
        }
        let day = jiff::tz::TimeZone::UTC.to_datetime(at).date();
        let coded = Coding::Day.of_text(day.to_string().as_bytes());
        let days = nanos.div_euclid(86_400_000_000_000);
        prop_assert_eq!(unzig(read_varint(&coded).0), days as i64);
    }

    /// A cell is the one that the csv crate reads.
    #[test]
    fn cells(cells in prop::collection::vec("[a-c\",\r\n é]{0,12}", 1..5), quoted: bool) {
        let coding = Coding::Cell { delimiter: b',', quoted };
        let coded: Vec<_> = cells.iter().map(|cell| coding.of_text(cell.as_bytes())).collect();
        let mut line = coded.join(&b","[..]);
        line.push(b'\n');
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&line[..]);
        // A line of one empty cell is an empty line, which is none.
        if cells.iter().any(|cell| !cell.is_empty()) || quoted {
            let record = reader.records().next().unwrap().unwrap();
            prop_assert_eq!(record.iter().collect::<Vec<_>>(), cells.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }
}

#[test]
fn ids_and_truth() {
    let id = "a0eebc99-9c0b-8ef8-bb6d-6bb9bd380a11";
    let coded = Coding::Uuid.of_text(id.as_bytes());
    assert_eq!(coded.len(), 16);
    assert_eq!((coded[0], coded[15]), (0xa0, 0x11));
    assert_eq!(Coding::Truth.of_text(b"true"), [1]);
    assert_eq!(Coding::Truth.of_text(b"false"), [0]);
}
