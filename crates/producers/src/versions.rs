//! Which client libraries this program was built with.

use std::collections::BTreeMap;

/// By name: the libraries that talk to the destinations, as far as they know their own version.
pub fn versions() -> BTreeMap<String, String> {
    let (_, librdkafka) = rdkafka::util::get_rdkafka_version();
    BTreeMap::from([
        ("librdkafka".to_owned(), librdkafka),
        (
            "aws-sdk-kinesis".to_owned(),
            aws_sdk_kinesis::meta::PKG_VERSION.to_owned(),
        ),
    ])
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_has_a_number() {
        for (name, version) in super::versions() {
            assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{name}");
        }
    }
}
