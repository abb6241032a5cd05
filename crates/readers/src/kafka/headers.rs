//! The headers of a record as they are. rdkafka's own way ends the program over a name that is no UTF-8, and anybody
//! can write one.
#![expect(unsafe_code, reason = "the C interface of librdkafka")]

use std::ffi::CStr;
use std::ptr;

use rdkafka::bindings as rd;
use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Message as _};

/// Names and values. A name that is no text is left out: nobody here has sent it.
pub(super) fn of<'m>(message: &'m BorrowedMessage<'_>) -> Vec<(&'m str, &'m [u8])> {
    let Some(headers) = message.headers() else {
        return Vec::new();
    };
    named(headers).collect()
}

fn named(headers: &BorrowedHeaders) -> impl Iterator<Item = (&str, &[u8])> {
    let all = (0..).map_while(|at| header(headers, at));
    all.filter_map(|(name, value)| Some((name.to_str().ok()?, value)))
}

/// The header at this place; an empty value if it has none.
fn header(headers: &BorrowedHeaders, at: usize) -> Option<(&CStr, &[u8])> {
    // What rdkafka lends is the address of librdkafka's own headers.
    let raw = ptr::from_ref(headers).cast::<rd::rd_kafka_headers_t>();
    let (mut name, mut value, mut size) = (ptr::null(), ptr::null(), 0);
    // SAFETY: the headers live as long as they are borrowed, and so do the names and values in them; a name ends
    // with a zero, and a value that is not null has the size that is told.
    unsafe {
        let code =
            rd::rd_kafka_header_get_all(raw, at, &raw mut name, &raw mut value, &raw mut size);
        if code != rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return None;
        }
        let value = if value.is_null() {
            &[][..]
        } else {
            std::slice::from_raw_parts(value.cast::<u8>(), size)
        };
        Some((CStr::from_ptr(name), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_somebody_calls_a_header_the_others_are_read() {
        // SAFETY: names and values are copied and have the sizes that are told.
        let raw = unsafe {
            let raw = rd::rd_kafka_headers_new(4);
            for (name, value) in [
                (&b"a"[..], &b"first"[..]),
                (b"\xff\xfe", b"no text"),
                (b"b", b""),
                (b"c", b"\xff"),
            ] {
                let (name, length) = (name.as_ptr().cast(), name.len() as isize);
                let (value, size) = (value.as_ptr().cast(), value.len() as isize);
                rd::rd_kafka_header_add(raw, name, length, value, size);
            }
            rd::rd_kafka_header_add(raw, c"null".as_ptr(), -1, ptr::null(), 0);
            raw
        };
        // SAFETY: as rdkafka lends them; they live until the end.
        let headers = unsafe { &*raw.cast::<BorrowedHeaders>() };
        let found: Vec<_> = named(headers).collect();
        let expected = [
            ("a", &b"first"[..]),
            ("b", b""),
            ("c", b"\xff"),
            ("null", b""),
        ];
        assert_eq!(found, expected);
        // SAFETY: ours, and nobody borrows them any more.
        unsafe { rd::rd_kafka_headers_destroy(raw) };
    }
}
