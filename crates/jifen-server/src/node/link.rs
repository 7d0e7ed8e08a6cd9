//! A connection to another node, kept between messages and made anew when it broke.
//!
//! In: a target and a body. Out: the answer's body, or that there was none: then it is not known whether the other node did it.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use hyper::{Request, StatusCode, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

use super::wire::{ENTRY, NodeKey, SIGNATURE};

/// How long a node may take to take a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(2);
/// How long it may take to answer: longer than its own wait for a database that comes back.
const ANSWER_WAIT: Duration = Duration::from_secs(35);
/// Longest answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LinkError {
    /// No connection: nothing was sent.
    #[error("the node cannot be reached: {0}")]
    Unreachable(String),
    /// It may have done it.
    #[error("the node did not answer: {0}")]
    Silent(String),
    /// It answers, but not as a node of ours.
    #[error("the node answered {0}")]
    Refused(StatusCode),
}

/// A link to one node.
pub(crate) struct Link {
    address: String,
    sender: Option<http1::SendRequest<Body>>,
}

impl Link {
    /// To the node at `http://HOST:PORT`; connects when first used.
    pub(crate) fn to(address: &str) -> Self {
        Self { address: address.to_owned(), sender: None }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Posts `body` to `target`, a path with its query.
    pub(crate) async fn post(&mut self, key: &NodeKey, target: &str, body: Vec<u8>) -> Result<Bytes, LinkError> {
        let mut sender = match self.sender.take().filter(|sender| !sender.is_closed()) {
            Some(sender) => sender,
            None => self.connect().await?,
        };
        let silent = |why: String| LinkError::Silent(why);
        let request = Request::post(target)
            .header(header::HOST, self.address.trim_start_matches("http://"))
            .header(ENTRY, key.sign(target, b""))
            .header(SIGNATURE, key.sign(target, &body))
            .body(Body::from(body))
            .map_err(|error| LinkError::Unreachable(error.to_string()))?;
        let answer = async {
            sender.ready().await.map_err(|error| silent(error.to_string()))?;
            let response = sender.send_request(request).await.map_err(|error| silent(error.to_string()))?;
            let status = response.status();
            let body = to_bytes(Body::new(response.into_body()), ANSWER_BYTES_MAX).await;
            Ok((status, body.map_err(|error| silent(error.to_string()))?))
        };
        let (status, body) =
            timeout(ANSWER_WAIT, answer).await.map_err(|_| silent("it took too long".to_owned()))??;
        self.sender = Some(sender);
        if status == StatusCode::OK { Ok(body) } else { Err(LinkError::Refused(status)) }
    }

    async fn connect(&self) -> Result<http1::SendRequest<Body>, LinkError> {
        let unreachable = |why: String| LinkError::Unreachable(why);
        let host = self.address.trim_start_matches("http://").trim_end_matches('/');
        let stream = timeout(CONNECT_WAIT, TcpStream::connect(host))
            .await
            .map_err(|_| unreachable("it took too long".to_owned()))?
            .map_err(|error| unreachable(error.to_string()))?;
        stream.set_nodelay(true).ok();
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| unreachable(error.to_string()))?;
        // It ends with the sender.
        tokio::spawn(connection);
        Ok(sender)
    }
}
