//! Notes that people keep: a whole worker, protected by the guard alone.

use guarded_worker::{
    Answer, Api, Call, Fault, HandlerFuture, Needs, Protected, ScopeInfo, Service,
};
use worker::{Context, Env, Request, Response, event, kv::KvStore};

const READ: ScopeInfo = ScopeInfo::new("read:notes", "Read your notes");
const WRITE: ScopeInfo = ScopeInfo::new("write:notes", "Write and delete your notes");

/// The limit of notes for one user.
const MOST_NOTES: usize = 50;

static API: Api = Api::new(
    "Notes",
    &[Service {
        name: "notes",
        scopes: &[READ, WRITE],
        routes: &[
            Protected::get("/notes", Needs::scope(&READ).of_a_user(), read),
            Protected::post("/notes", Needs::scope(&WRITE).of_a_user(), add),
            // Who deletes everything has signed in within the last five minutes (RFC 9470).
            Protected::post(
                "/notes/clear",
                Needs::scope(&WRITE).of_a_user().signed_in_within(300),
                clear,
            ),
        ],
    }],
);

/// Answers one request.
#[event(fetch)]
async fn fetch(request: Request, env: Env, context: Context) -> worker::Result<Response> {
    guarded_worker::serve(&API, request, env, context).await
}

fn read<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move {
        let notes = Notes::of(call)?.load().await?;
        Ok(Answer::json(200, &notes))
    })
}

fn add<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move {
        let note = match str::from_utf8(&call.request.body) {
            Ok(note) if (1..=1000).contains(&note.len()) => note.to_owned(),
            Ok(_) | Err(_) => return Ok(Answer::json(400, &"a note is a text of 1 to 1000 bytes")),
        };
        let stored = Notes::of(call)?;
        let mut notes = stored.load().await?;
        if notes.len() >= MOST_NOTES {
            return Ok(Answer::json(409, &"there is no room for another note"));
        }
        notes.push(note);
        stored.store(&notes).await?;
        Ok(Answer::json(201, &notes))
    })
}

fn clear<'a>(call: &'a Call<'a>) -> HandlerFuture<'a> {
    Box::pin(async move {
        Notes::of(call)?.store(&Vec::new()).await?;
        Ok(Answer::empty(204))
    })
}

/// The notes of the token's user, in the KV namespace `NOTES`. Of two that are written at once KV keeps one: what must
/// not be lost belongs in a Durable Object.
struct Notes {
    store: KvStore,
    key: String,
}

impl Notes {
    fn of(call: &Call<'_>) -> Result<Self, Fault> {
        Ok(Self {
            store: call.env.kv("NOTES").map_err(fault)?,
            key: format!("notes:{}", call.access.subject()),
        })
    }

    async fn load(&self) -> Result<Vec<String>, Fault> {
        let stored = self.store.get(&self.key).json().await.map_err(fault)?;
        Ok(stored.unwrap_or_default())
    }

    async fn store(&self, notes: &Vec<String>) -> Result<(), Fault> {
        let put = self.store.put(&self.key, notes).map_err(fault)?;
        put.execute().await.map_err(fault)
    }
}

/// A store that is down is a 503, and the log says why.
fn fault(error: impl std::fmt::Display) -> Fault {
    Fault::new("kv.notes", error)
}
