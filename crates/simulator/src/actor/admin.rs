//! Administrators, at the endpoints of the administration.

use std::rc::Rc;

use oauth_core::{
    endpoint,
    http::{Headers, Method},
};
use oauth_server::admin;
use serde_json::{Value, json};
use testkit::answer;

use super::{App, ask, at, incoming};
use crate::{
    machine::Machine,
    oracle::{Act, By, Caller, Outcome, Request},
    world::World,
};

/// What an administrator does.
#[derive(Clone, Debug)]
pub enum Measure {
    /// Disables a user.
    DisableUser(&'static str),
    /// Enables a user.
    EnableUser(&'static str),
    /// Disables a client.
    DisableClient(App),
    /// Enables a client.
    EnableClient(App),
    /// Signs a user out everywhere.
    SignOut(&'static str),
    /// Ends a grant of a user.
    End(&'static str, App, String),
}

impl Measure {
    fn act(&self) -> Act {
        match self {
            Self::DisableUser(who) => Act::Disable { who },
            Self::EnableUser(who) => Act::Enable { who },
            Self::DisableClient(app) => Act::Disable { who: app.name() },
            Self::EnableClient(app) => Act::Enable { who: app.name() },
            Self::SignOut(person) => Act::EndAll { person },
            Self::End(person, _, grant) => Act::EndOne {
                person,
                grant: grant.clone(),
            },
        }
    }

    fn members(&self) -> Value {
        match self {
            Self::DisableUser(who) | Self::EnableUser(who) | Self::SignOut(who) => {
                json!({ "user_id": user_id(who) })
            }
            Self::DisableClient(app) | Self::EnableClient(app) => {
                json!({ "client_id": app.name() })
            }
            Self::End(who, app, grant) => {
                json!({ "user_id": user_id(who), "client_id": app.name(), "grant": grant })
            }
        }
    }

    const fn path(&self) -> &'static str {
        match self {
            Self::DisableUser(_) => endpoint::admin::DISABLE_USER,
            Self::EnableUser(_) => endpoint::admin::ENABLE_USER,
            Self::DisableClient(_) => endpoint::admin::DISABLE_CLIENT,
            Self::EnableClient(_) => endpoint::admin::ENABLE_CLIENT,
            Self::SignOut(_) => endpoint::admin::SIGN_OUT,
            Self::End(..) => endpoint::admin::END_GRANT,
        }
    }
}

fn user_id(username: &str) -> String {
    ["u_", username].concat()
}

/// Somebody with this token takes a measure: an administrator, or as a stranger whoever is none or has not signed in
/// lately.
pub async fn administer(
    world: &Rc<World>,
    (by, caller): (&By, Caller),
    measure: &Measure,
) -> Outcome {
    let mut request = at(measure.path(), incoming(Method::Post, &[]));
    request.headers = Headers::new([
        ("content-type".to_owned(), "application/json".to_owned()),
        ("authorization".to_owned(), ["Bearer ", &by.token].concat()),
    ]);
    request.body = measure.members().to_string().into_bytes();
    let asked = Request {
        by: Some(by.clone()),
        ..Request::from(measure.act())
    };
    let measure = measure.clone();
    let endpoint = |machine: Rc<Machine>| async move {
        let (context, request) = (machine.context(), &request);
        match measure {
            Measure::DisableUser(_) => {
                answer!(Challenge, admin::users::disable, context, request).await
            }
            Measure::EnableUser(_) => {
                answer!(Challenge, admin::users::enable, context, request).await
            }
            Measure::DisableClient(_) => {
                answer!(Challenge, admin::clients::disable, context, request).await
            }
            Measure::EnableClient(_) => {
                answer!(Challenge, admin::clients::enable, context, request).await
            }
            Measure::SignOut(_) => {
                answer!(Challenge, admin::users::sign_out, context, request).await
            }
            Measure::End(..) => answer!(Challenge, admin::grants::end, context, request).await,
        }
    };
    ask(world, asked, (App::Desk, caller), endpoint, |_| {
        Outcome::Done
    })
    .await
}
