//! Taking secrets out of texts that others wrote.

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// What stands where a secret stood.
pub const MASK: &str = "***";

/// Replaces every one of `secrets` in `text`, in the forms in which a server may echo it.
pub fn redact(text: &str, secrets: &[SecretString]) -> String {
    let mut clean = text.to_owned();
    for secret in secrets {
        let secret = secret.expose_secret();
        // Shorter ones would hit ordinary words.
        if secret.len() < 4 {
            continue;
        }
        let quoted = Value::from(secret).to_string();
        // Only the quotes around it: the secret may end with one of its own.
        let quoted = quoted.get(1..quoted.len() - 1).unwrap_or(secret);
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let percent = encoded.replace('+', "%20");
        for form in [secret, quoted, encoded.as_str(), percent.as_str()] {
            clean = clean.replace(form, MASK);
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_in_each_of_its_forms() {
        let secrets = [SecretString::from("a\"b+c/d e\"")];
        let text = r#"plain a"b+c/d e" json a\"b+c/d e\" form a%22b%2Bc%2Fd+e%22 path a%22b%2Bc%2Fd%20e%22"#;
        assert_eq!(
            redact(text, &secrets),
            "plain *** json *** form *** path ***"
        );
    }
}
