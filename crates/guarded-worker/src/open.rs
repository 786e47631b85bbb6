//! The open routes: health, and the resource's metadata (RFC 9728).

use oauth_core::Fault;
use oauth_core::http::{Answer, RETRY_AFTER};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use worker::Env;

use crate::call::Later;

/// A check of `/health`.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its name in the answer: `d1`.
    pub name: &'static str,
    /// The check; a fault if it fails.
    pub look: for<'a> fn(&'a Env) -> Later<'a, Result<(), Fault>>,
}

/// `200` if every check passes, else `503`; with the state of each.
pub(crate) async fn health(checks: &'static [Check], env: &Env) -> Answer {
    let mut faults = Vec::new();
    for check in checks {
        if let Err(fault) = (check.look)(env).await {
            faults.push((check.name, fault));
        }
    }
    let state = State {
        checks,
        faults: &faults,
    };
    let Some((_, fault)) = faults.first() else {
        return Answer::json(200, &state);
    };
    let mut answer = Answer::json(503, &state).with("retry-after", RETRY_AFTER);
    answer.log.cause = Some(fault.to_string());
    answer
}

struct State<'a> {
    checks: &'a [Check],
    faults: &'a [(&'static str, Fault)],
}

impl Serialize for State<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let word = |well: bool| if well { "ok" } else { "down" };
        let mut map = serializer.serialize_map(Some(self.checks.len() + 1))?;
        map.serialize_entry("status", word(self.faults.is_empty()))?;
        for check in self.checks {
            let well = self.faults.iter().all(|(name, _)| *name != check.name);
            map.serialize_entry(check.name, word(well))?;
        }
        map.end()
    }
}

/// There is no icon; without this answer a browser's console would show an error.
pub(crate) fn favicon() -> Answer {
    Answer::empty(204)
}
