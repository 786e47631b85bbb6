//! An authorization server on a port: the key set, introspection for one resource server, and whatever may go wrong.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// `Basic` of `api` and `api-secret`.
pub(crate) const AUTHORIZATION: &str = "Basic YXBpOmFwaS1zZWNyZXQ=";

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// It takes requests and never answers.
    Hanging,
    /// It answers with 500.
    Broken,
}

struct Shared {
    mood: Mutex<Mood>,
    keys: String,
    described: String,
    requests: AtomicUsize,
    ends: AtomicBool,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(keys: String, described: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = Arc::new(Shared {
            mood: Mutex::new(Mood::Well),
            keys,
            described,
            requests: AtomicUsize::new(0),
            ends: AtomicBool::new(false),
        });
        let mut server = Self {
            address: listener.local_addr().unwrap(),
            shared,
            thread: None,
        };
        server.listen(listener);
        server
    }

    fn listen(&mut self, listener: TcpListener) {
        let shared = Arc::clone(&self.shared);
        shared.ends.store(false, Ordering::SeqCst);
        self.thread = Some(std::thread::spawn(move || {
            let mut hanging = Vec::new();
            for connection in listener.incoming() {
                if shared.ends.load(Ordering::SeqCst) {
                    return;
                }
                hanging.extend(connection.ok().and_then(|stream| answer(stream, &shared)));
            }
        }));
    }

    pub(crate) fn is(&self, mood: Mood) {
        *self.shared.mood.lock().unwrap() = mood;
    }

    /// Stops listening.
    pub(crate) fn die(&mut self) {
        self.shared.ends.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }

    /// Listens again where it did.
    pub(crate) fn come_back(&mut self) {
        let listener = TcpListener::bind(self.address).unwrap();
        self.listen(listener);
    }

    /// How many requests arrived.
    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.die();
        }
    }
}

/// Answers one request; a connection that hangs is given back, so that it stays open.
fn answer(mut stream: TcpStream, shared: &Shared) -> Option<TcpStream> {
    let request = read_request(&mut stream)?;
    shared.requests.fetch_add(1, Ordering::SeqCst);
    let mood = *shared.mood.lock().unwrap();
    let (status, body) = match mood {
        Mood::Hanging => return Some(stream),
        Mood::Broken => (500, "{}"),
        Mood::Well => respond(&request, shared),
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    None
}

fn respond<'a>(request: &str, shared: &'a Shared) -> (u16, &'a str) {
    let is_ours = request
        .lines()
        .any(|line| line == format!("authorization: {AUTHORIZATION}"));
    if request.starts_with("GET /oauth/jwks ") {
        (200, &shared.keys)
    } else if !request.starts_with("POST /oauth/introspect ") {
        (404, "{}")
    } else if !is_ours {
        (401, r#"{"error":"invalid_client"}"#)
    } else if request.contains("token=a1.good") {
        (200, &shared.described)
    } else {
        (200, r#"{"active":false}"#)
    }
}

/// The whole request: its head, and as much body as that says.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(text);
            }
        }
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend(piece.iter().take(read)),
        }
    }
}
