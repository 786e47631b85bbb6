//! The guard's ports over HTTP, with time limits: the glue that a worker would have.

use std::future::{Future, poll_fn};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::pin::pin;
use std::sync::mpsc::{TryRecvError, channel};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use oauth_core::{Fault, form};
use oauth_guard::{
    Certificate, Introspection, KeyCopies, KeySource, Proofs, RateLimits, Reply, Timer, Tombstones,
};

use crate::server::AUTHORIZATION;

/// The authorization server at an address.
pub(crate) struct Remote {
    pub(crate) address: SocketAddr,
}

/// Runs a future to its end.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        match future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

impl Remote {
    /// Sends a request from a thread of its own: a connection that hangs does not block the others.
    async fn send(&self, request: String) -> Result<Reply, Fault> {
        let (sender, receiver) = channel();
        let address = self.address;
        std::thread::spawn(move || sender.send(exchange(address, &request)));
        poll_fn(|_| match receiver.try_recv() {
            Ok(reply) => Poll::Ready(reply),
            Err(TryRecvError::Empty) => Poll::Pending,
            Err(TryRecvError::Disconnected) => Poll::Ready(Err(Fault::new("http", "gone"))),
        })
        .await
    }
}

fn exchange(address: SocketAddr, request: &str) -> Result<Reply, Fault> {
    let fault = |error| Fault::new("http", error);
    let mut stream = TcpStream::connect(address).map_err(fault)?;
    stream.write_all(request.as_bytes()).map_err(fault)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).map_err(fault)?;
    parse(&answer).ok_or_else(|| Fault::new("http", "no answer"))
}

fn parse(answer: &str) -> Option<Reply> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some(Reply {
        status: head.split(' ').nth(1)?.parse().ok()?,
        body: body.into(),
    })
}

impl KeySource for Remote {
    async fn fetch_jwks(&self) -> Result<Reply, Fault> {
        let request = "GET /oauth/jwks HTTP/1.1\r\nhost: as.example\r\nconnection: close\r\n\r\n";
        self.send(request.to_owned()).await
    }
}

impl Introspection for Remote {
    async fn introspect(&self, token: &str) -> Result<Reply, Fault> {
        let body = form::encode([("token", token)]);
        let length = body.len();
        let head = "POST /oauth/introspect HTTP/1.1\r\nhost: as.example\r\nconnection: close\r\n\
                    content-type: application/x-www-form-urlencoded";
        let request = format!(
            "{head}\r\nauthorization: {AUTHORIZATION}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.send(request).await
    }
}

impl Timer for Remote {
    async fn pause(&self, milliseconds: u32) {
        let end = Instant::now() + Duration::from_millis(milliseconds.into());
        poll_fn(|_| {
            if Instant::now() < end {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
    }
}

impl KeyCopies for Remote {}

impl Tombstones for Remote {}

impl Proofs for Remote {}

impl RateLimits for Remote {}

impl Certificate for Remote {}
