//! Authorities of one's own.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

/// The certificate authorities in a PEM file.
///
/// # Errors
/// In words that begin with the file's name: it can't be read, it is no PEM, or no certificate is in it.
pub fn roots(path: &Path) -> Result<RootCertStore, String> {
    let bad = |what: String| format!("{}: {what}", path.display());
    let certificates =
        CertificateDer::pem_file_iter(path).map_err(|error| bad(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| bad(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| bad(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(bad("there is no certificate in it".to_owned()));
    }
    Ok(roots)
}
