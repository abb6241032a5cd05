//! Taking secrets out of texts that others wrote.

use secrecy::{ExposeSecret, SecretString};

/// Replaces every one of `secrets` in `text`, in the forms in which a server may echo it.
pub(crate) fn redact(text: &str, secrets: &[SecretString]) -> String {
    let mut clean = text.to_owned();
    for secret in secrets {
        let secret = secret.expose_secret();
        // Shorter ones would hit ordinary words.
        if secret.len() < 4 {
            continue;
        }
        let quoted = serde_json::Value::from(secret).to_string();
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for form in [secret, quoted.trim_matches('"'), encoded.as_str()] {
            clean = clean.replace(form, "***");
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_in_each_of_its_forms() {
        let secrets = [SecretString::from("a\"b+c/d")];
        let text = r#"plain a"b+c/d json a\"b+c/d form a%22b%2Bc%2Fd"#;
        assert_eq!(redact(text, &secrets), "plain *** json *** form ***");
    }
}
