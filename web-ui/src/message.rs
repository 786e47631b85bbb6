//! One message between two parties, as it went over the wire.

use oauth_client::HttpCall;

use crate::party::Party;

/// The reply to a message.
#[derive(Clone)]
pub(crate) enum Reply {
    /// An HTTP answer.
    Answered(Answered),
    /// The browser left the page with this request; its answer is another page.
    Navigated,
    /// Nothing came back, for this reason.
    Unreachable(String),
}

/// An HTTP answer with what was measured about it.
#[derive(Clone)]
pub(crate) struct Answered {
    /// The status code.
    pub(crate) status: u16,
    /// The headers that the browser shows to a page.
    pub(crate) headers: Vec<(String, String)>,
    /// The body as text.
    pub(crate) body: String,
    /// Milliseconds from the call to the body's last byte.
    pub(crate) milliseconds: f64,
}

impl Answered {
    /// Whether the status is one of success.
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// `200 · 12 ms · 1.2 KB`.
    pub(crate) fn summary(&self) -> String {
        format!(
            "{} · {} · {}",
            self.status,
            milliseconds(self.milliseconds),
            size(self.body.len())
        )
    }
}

/// One row of the conversation.
#[derive(Clone)]
pub(crate) enum Row {
    /// A request and its answer.
    Message(Box<Message>),
    /// Something that the client did by itself.
    Note(&'static str),
}

/// A request and its answer.
#[derive(Clone)]
pub(crate) struct Message {
    /// Who sent the request.
    pub(crate) from: Party,
    /// Who was asked.
    pub(crate) to: Party,
    /// The title of the message.
    pub(crate) title: &'static str,
    /// The request.
    pub(crate) call: HttpCall,
    /// The answer.
    pub(crate) reply: Reply,
}

impl Message {
    /// `POST /oauth/token`: the method and the path without its parameters.
    pub(crate) fn label(&self) -> String {
        Self::label_of(&self.call)
    }

    /// The same for a call that is still to be sent.
    pub(crate) fn label_of(call: &HttpCall) -> String {
        let path = call.url.split('?').next().unwrap_or_default();
        let path = path.splitn(4, '/').nth(3).unwrap_or_default();
        format!("{} /{path}", call.method.name())
    }
}

/// Milliseconds as people read them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a measured time is never less than none, and a cast of a float stops at the bounds"
)]
pub(crate) fn milliseconds(value: f64) -> String {
    // Whole numbers: what writes floats would be five kilobytes of the pages.
    let tenths = (value * 10.0).round() as u64;
    if tenths < 100 {
        format!("{}.{} ms", tenths / 10, tenths % 10)
    } else {
        format!("{} ms", (tenths + 5) / 10)
    }
}

/// A number of bytes as people read it.
pub(crate) fn size(bytes: usize) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let tenths = bytes * 10 / 1024;
    format!("{}.{} KB", tenths / 10, tenths % 10)
}
