//! From the platform's options to a client.

use aep_client::Client;

use crate::Platform;

impl Platform {
    /// A client that speaks in this name. Makes no connection yet.
    pub fn client(&self) -> Result<Client, aep_client::Error> {
        let mut builder = Client::builder()
            .organization(&self.organization)
            .client_id(&self.client_id)
            .client_secret(self.client_secret.clone())
            .sandbox(&self.sandbox);
        if let Some(scopes) = &self.scopes {
            builder = builder.scopes(scopes);
        }
        if let Some(url) = &self.platform_url {
            builder = builder.platform_url(url);
        }
        if let Some(url) = &self.ims_url {
            builder = builder.ims_url(url);
        }
        builder.build()
    }
}
