//! What runs by the schedule in `wrangler.toml`, whether or not anyone sends a request.

use std::pin::Pin;

use oauth_core::Fault;
use oauth_server::ending::registered;

use crate::{
    ports::Ports,
    store::{audit, keys, log, registrations},
};

/// A job: its name in the log, and its work.
struct Job {
    name: &'static str,
    run: for<'a> fn(&'a Ports) -> Working<'a>,
}

type Working<'a> = Pin<Box<dyn Future<Output = Result<(), Fault>> + 'a>>;

/// The jobs, each run every five minutes. Each may be run twice, and at the same time as another.
const JOBS: &[Job] = &[
    Job {
        name: "signing_keys",
        run: |ports| Box::pin(keys::maintain(ports.env(), ports.key_rules(), edge::now())),
    },
    Job {
        name: "endings",
        run: |ports| Box::pin(async { registered::announce(&ports.context(), None).await }),
    },
    Job {
        name: "registrations",
        run: |ports| Box::pin(registrations::expire(ports.env(), edge::now())),
    },
    Job {
        name: "audit",
        run: |ports| Box::pin(audit::expire(ports.env(), ports.audit_days(), edge::now())),
    },
];

/// Runs them one after another: one that fails is in the log, and is run again the next time.
pub(crate) async fn run(ports: &Ports) {
    for job in JOBS {
        if let Err(fault) = (job.run)(ports).await {
            log::say("job_failed", job.name, &fault);
        }
    }
}
