//! A request as a command for a shell, to read or to send by hand.

use crate::{Client, Request};

impl Client {
    /// The request as a `curl` command for a shell: the token as `$ACCESS_TOKEN`, secrets as `***`.
    pub fn curl(&self, request: &Request) -> String {
        let address = quoted(&format!("{}{}", self.platform_url(), request.path()));
        let mut words = vec![
            format!("curl -X {} {address}", request.method()),
            "-H \"Authorization: Bearer $ACCESS_TOKEN\"".to_owned(),
        ];
        let headers = self.own_headers().into_iter().chain(request.headers());
        words.extend(
            headers.map(|(name, value)| format!("-H {}", quoted(&format!("{name}: {value}")))),
        );
        if let Some(body) = request.masked_body() {
            words.push(format!("-d {}", quoted(&format!("{body:#}"))));
        }
        words.join(" \\\n  ")
    }
}

/// One word for a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_command_has_all_headers_and_no_secret() {
        let client = Client::builder()
            .organization("o'brien@AdobeOrg")
            .client_id("key")
            .client_secret("hush".to_owned())
            .build()
            .unwrap();
        let body = json!({"name": "it's", "auth": {"params": {"sasKey": "hush"}}});
        let request = Request::post("/data/x", &body).if_match("\"7\"");
        assert_eq!(
            client.curl(&request),
            r#"curl -X POST 'https://platform.adobe.io/data/x' \
  -H "Authorization: Bearer $ACCESS_TOKEN" \
  -H 'x-api-key: key' \
  -H 'x-gw-ims-org-id: o'\''brien@AdobeOrg' \
  -H 'x-sandbox-name: prod' \
  -H 'Content-Type: application/json' \
  -H 'If-Match: "7"' \
  -d '{
  "name": "it'\''s",
  "auth": {
    "params": {
      "sasKey": "***"
    }
  }
}'"#
        );
    }
}
