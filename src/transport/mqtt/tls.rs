//! TLS: whom to trust, what to show, and the layer over a non-blocking socket.

use std::io::{self, Read, Write};
use std::sync::Arc;

use once_cell::sync::OnceCell;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;

use super::address::Address;
use super::stream::{Failure, Socket};

/// What a connection to `address` needs; `pem`: trusted certificates in place of the system's. Reads files.
pub fn config(address: &Address, pem: Option<&str>) -> Result<Arc<ClientConfig>, Failure> {
    /// Reading all of the system's certificates takes its time.
    static SYSTEM: OnceCell<Arc<ClientConfig>> = OnceCell::new();
    match (&address.ca_file, pem, &address.client_cert) {
        (None, None, None) => SYSTEM.get_or_try_init(|| make(address, pem)).cloned(),
        // Files may have been renewed since the last connection.
        _ => make(address, pem),
    }
}

fn make(address: &Address, pem: Option<&str>) -> Result<Arc<ClientConfig>, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| setting(format!("TLS is not available: {e}")))?;
    let builder = match (&address.ca_file, pem) {
        (Some(file), _) => {
            let certificates = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
            let certificates = certificates.map_err(|e| setting(format!("the ca_file {file} cannot be read: {e}")))?;
            builder.with_root_certificates(roots(certificates, &format!("the ca_file {file}"))?)
        }
        (None, Some(pem)) => {
            let certificates = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
            let certificates = certificates.map_err(|e| setting(format!("the ca_pem cannot be read: {e}")))?;
            builder.with_root_certificates(roots(certificates, "the ca_pem")?)
        }
        (None, None) => builder
            .with_platform_verifier()
            .map_err(|e| setting(format!("the system's certificates cannot be used: {e}")))?,
    };
    let Some((cert_file, key_file)) = &address.client_cert else { return Ok(Arc::new(builder.with_no_client_auth())) };
    let chain = CertificateDer::pem_file_iter(cert_file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|e| setting(format!("the client_cert {cert_file} cannot be read: {e}")))?;
    let key = PrivateKeyDer::from_pem_file(key_file);
    let key = key.map_err(|e| setting(format!("the client_key {key_file} cannot be read: {e}")))?;
    let config = builder.with_client_auth_cert(chain, key);
    config.map(Arc::new).map_err(|e| setting(format!("the client_cert and client_key do not serve: {e}")))
}

fn roots(certificates: Vec<CertificateDer<'static>>, what: &str) -> Result<RootCertStore, Failure> {
    let mut store = RootCertStore::empty();
    let (added, _) = store.add_parsable_certificates(certificates);
    if added == 0 { Err(setting(format!("{what} holds no certificate"))) } else { Ok(store) }
}

/// A setting is wrong: trying again does not help.
fn setting(why: String) -> Failure {
    Failure { why, certificate: true }
}

/// A TLS connection over a socket.
pub struct Tls {
    connection: ClientConnection,
    pub socket: Socket,
}

impl Tls {
    pub fn new(config: &Arc<ClientConfig>, address: &Address, socket: Socket) -> Result<Tls, Failure> {
        let name = address.server_name.as_ref().unwrap_or(&address.host);
        let name =
            ServerName::try_from(name.clone()).map_err(|_| setting(format!("{name:?} is no name of a server")))?;
        let connection = ClientConnection::new(config.clone(), name).map_err(|e| failure(&e))?;
        Ok(Tls { connection, socket })
    }

    /// Goes on with the handshake. True: it is complete.
    pub fn advance(&mut self) -> Result<bool, Failure> {
        loop {
            let sent = self.flush();
            match self.connection.is_handshaking() {
                false => return Ok(true),
                true => blocked(sent)?,
            };
            match self.connection.read_tls(&mut self.socket) {
                Ok(0) => return Err(Failure::network("the broker closed the connection during the TLS handshake")),
                Ok(_) => {
                    if let Err(e) = self.connection.process_new_packets() {
                        let _ = self.flush(); // Tells the broker why.
                        return Err(failure(&e));
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(e) => return Err(Failure::network(format!("the TLS handshake broke: {e}"))),
            }
        }
    }

    /// The certificate that the broker has shown, in DER.
    pub fn certificate(&self) -> Option<&[u8]> {
        self.connection.peer_certificates().and_then(|chain| chain.first()).map(|certificate| &certificate[..])
    }

    /// Tells the other side that nothing more comes.
    pub fn close(&mut self) {
        self.connection.send_close_notify();
        let _ = self.flush();
    }
}

fn blocked(sent: io::Result<()>) -> Result<(), Failure> {
    match sent {
        Err(e) if e.kind() != io::ErrorKind::WouldBlock => {
            Err(Failure::network(format!("the TLS handshake broke: {e}")))
        }
        _ => Ok(()),
    }
}

impl Read for Tls {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.connection.reader().read(into) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                answer => return answer,
            }
            let count = self.connection.read_tls(&mut self.socket)?;
            self.connection.process_new_packets().map_err(io::Error::other)?;
            if self.connection.wants_write() {
                let _ = self.flush(); // What it did not send goes with the next write.
            }
            if count == 0 && self.connection.reader().read(&mut []).is_err() {
                return Ok(0);
            }
        }
    }
}

impl Write for Tls {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.flush()?;
        let taken = self.connection.writer().write(bytes)?;
        match self.flush() {
            Err(e) if e.kind() != io::ErrorKind::WouldBlock => Err(e),
            _ => Ok(taken),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.connection.wants_write() {
            self.connection.write_tls(&mut self.socket)?;
        }
        Ok(())
    }
}

/// What a failed read says of certificates: with TLS 1.3 a broker judges the client's own after the handshake.
pub fn refusal(e: &io::Error) -> Option<Failure> {
    let e = e.get_ref()?.downcast_ref::<rustls::Error>()?;
    matches!(e, rustls::Error::AlertReceived(_)).then(|| failure(e))
}

fn failure(e: &rustls::Error) -> Failure {
    let why = match e {
        rustls::Error::InvalidCertificate(e) => match e {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".into(),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet".into(),
            CertificateError::UnknownIssuer => "no trusted authority has issued it".into(),
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "it is for another host name".into()
            }
            CertificateError::Revoked => "it was revoked".into(),
            e => format!("{e}"),
        },
        rustls::Error::NoCertificatesPresented => "it shows none".into(),
        rustls::Error::AlertReceived(alert) => {
            return Failure { why: format!("the broker refused the TLS handshake: {alert:?}"), certificate: true };
        }
        e => return Failure::network(format!("the TLS handshake failed: {e}")),
    };
    Failure { why: format!("the certificate of the broker is refused: {why}"), certificate: true }
}
