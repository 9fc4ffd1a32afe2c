//! TLS, for addresses that begin with `wss` or `https`.

use std::sync::Arc;

use tokio_rustls::rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_tungstenite::Connector;

/// Why a connection can't be made with TLS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TlsInvalid {
    /// TLS can't be used in this program.
    #[error("TLS can't be used: {0}.")]
    Unusable(String),
    /// The text has no certificate in PEM, or one that can't be used.
    #[error("That is not a certificate in PEM: {0}.")]
    NoCertificate(String),
}

/// What a server's certificate is checked with.
#[derive(Debug, Clone)]
pub(crate) struct Tls {
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    roots: RootCertStore,
}

impl Tls {
    /// With the authorities that this machine trusts.
    pub(crate) fn of_machine() -> Result<Self, TlsInvalid> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsInvalid::Unusable(error.to_string()))?;
        let mut roots = RootCertStore::empty();
        // A certificate of the system that can't be read is left out: a server that needs it is
        // refused.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        Ok(Self { builder, roots })
    }

    /// Trusts these certificates as well.
    pub(crate) fn trust(&mut self, pem: &str) -> Result<(), TlsInvalid> {
        let invalid = |error: String| TlsInvalid::NoCertificate(error);
        let mut count = 0;
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| invalid(error.to_string()))?;
            let added = self.roots.add(certificate);
            added.map_err(|error| invalid(error.to_string()))?;
            count += 1;
        }
        if count == 0 {
            return Err(invalid("it has none".to_owned()));
        }
        Ok(())
    }

    /// What makes a connection.
    pub(crate) fn connector(self) -> Connector {
        let builder = self.builder.with_root_certificates(self.roots);
        Connector::Rustls(Arc::new(builder.with_no_client_auth()))
    }
}
