//! A user in a browser: signing in, allowing an application, ending its access.

use std::{cell::RefCell, rc::Rc};
use testkit::answer;

use oauth_core::{
    endpoint, form,
    http::{Answer, Headers, Incoming, Method},
    lifecycle::person::EntryKey,
};
use oauth_server::{account, authorize, consent, login};
use testkit::fixture::{self, PASSWORD};

use crate::{
    actor::{App, Seat, ask, at, attempt, form_type, incoming},
    machine::Machine,
    oracle::{Act, Caller, Outcome, Request},
    resource_server::RESOURCE,
    world::World,
};

/// A browser with a session asks for a code.
pub async fn authorize(world: &Rc<World>, app: App, browser: &Browser) -> Outcome {
    authorize_for(world, app, browser, RESOURCE).await
}

/// The same, for tokens for some resource.
pub async fn authorize_for(
    world: &Rc<World>,
    app: App,
    browser: &Browser,
    resource: &'static str,
) -> Outcome {
    let query = fixture::request(&[("client_id", app.name()), ("resource", resource)]);
    let act = Act::Authorize {
        session: browser.session,
        pushed: None,
        resource,
        by_hand: false,
    };
    authorize_with(world, (app, Caller::Owner), browser, (query, act)).await
}

/// The same, for a token of an administrator.
pub async fn authorize_at_desk(world: &Rc<World>, browser: &Browser) -> Outcome {
    let query = fixture::request(&[
        ("client_id", "desk"),
        ("scope", "openid admin"),
        ("resource", fixture::ISSUER),
    ]);
    let act = Act::Authorize {
        session: browser.session,
        pushed: None,
        resource: fixture::ISSUER,
        by_hand: false,
    };
    let who = (App::Desk, Caller::Owner);
    authorize_with(world, who, browser, (query, act)).await
}

/// A person whose consent is not remembered allows an application on the consent page.
pub async fn allow(world: &Rc<World>, app: App, browser: &Browser) -> Outcome {
    let mut request = incoming(Method::Get, &[]);
    request.query = fixture::request(&[("client_id", app.name())]);
    request.headers = Headers::new([browser.cookies()]);
    let machine = Machine::new(world, usize::MAX);
    let page = answer!(Page, authorize::authorize, machine.context(), &request).await;
    if !fixture::text(&page).contains("name=\"decision\"") {
        return Outcome::Refused("no consent page");
    }
    let [asked, csrf, terms] =
        ["request", "csrf", "terms"].map(|name| fixture::hidden(&page, name));
    let fields = [
        ("request", &*asked),
        ("csrf", &csrf),
        ("terms", &terms),
        ("decision", "allow"),
    ];
    let mut request = at(endpoint::CONSENT, incoming(Method::Post, &fields));
    let visit = page.header("set-cookie").unwrap_or_default();
    let visit = visit.split(';').next().unwrap_or_default();
    let cookies = [&browser.cookie, "; ", visit].concat();
    request.headers = Headers::new([form_type(), ("cookie".to_owned(), cookies)]);
    let act = Act::Authorize {
        session: browser.session,
        pushed: None,
        resource: RESOURCE,
        by_hand: true,
    };
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Page, consent::consent, machine.context(), &request).await
    };
    ask(world, act, (app, Caller::Owner), endpoint, code).await
}

fn code(answer: &Answer) -> Outcome {
    match answer.header("location") {
        Some(location) if location.contains("code=") => {
            Outcome::Code(fixture::parameter(answer, "code"))
        }
        _ => Outcome::Refused("no code"),
    }
}

/// The same, with a request that its client has pushed.
pub async fn authorize_pushed(
    world: &Rc<World>,
    app: App,
    browser: &Browser,
    request_uri: &str,
) -> Outcome {
    open_pushed(world, (app, Caller::Owner), browser, request_uri).await
}

/// A browser comes with a request that this client may not have pushed.
pub async fn open_pushed(
    world: &Rc<World>,
    (app, caller): (App, Caller),
    browser: &Browser,
    request_uri: &str,
) -> Outcome {
    let query = form::encode([("client_id", app.name()), ("request_uri", request_uri)]);
    let act = Act::Authorize {
        session: browser.session,
        pushed: Some(request_uri.to_owned()),
        resource: RESOURCE,
        by_hand: false,
    };
    authorize_with(world, (app, caller), browser, (query, act)).await
}

async fn authorize_with(
    world: &Rc<World>,
    who: (App, Caller),
    browser: &Browser,
    (query, act): (String, Act),
) -> Outcome {
    let mut request = at(endpoint::AUTHORIZE, incoming(Method::Get, &[]));
    request.query = query;
    request.headers = Headers::new([browser.cookies()]);
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Page, authorize::authorize, machine.context(), &request).await
    };
    ask(world, act, who, endpoint, code).await
}

/// A browser that is signed in.
#[derive(Clone, Debug)]
pub struct Browser {
    /// The person in front of it.
    pub person: &'static str,
    /// Its session's number.
    pub session: usize,
    /// Its cookies.
    pub cookie: String,
    /// The cookie by which it is known later.
    pub known: String,
    /// The CSRF token of its account page.
    pub csrf: String,
}

impl Browser {
    fn cookies(&self) -> (String, String) {
        ("cookie".to_owned(), self.cookie.clone())
    }
}

/// The person signs out everywhere, or (with `app`) takes back what one client has.
pub async fn end(world: &Rc<World>, browser: &Browser, app: Option<App>) -> Outcome {
    let person = browser.person;
    let (act, who, wanted) = match app {
        None => (Act::EndAll { person }, App::Spa, ("sign_out", "everywhere")),
        Some(app) => (Act::EndOf { person }, app, ("withdraw", app.name())),
    };
    choose(world, browser, (act, who), wanted).await
}

/// The person ends one grant of a client.
pub async fn end_one(world: &Rc<World>, browser: &Browser, app: App, grant: &str) -> Outcome {
    let act = Act::EndOne {
        person: browser.person,
        grant: grant.to_owned(),
    };
    let key = [app.name(), " ", grant].concat();
    choose(world, browser, (act, app), ("end", &key)).await
}

/// The person signs out in this browser.
pub async fn sign_out(world: &Rc<World>, browser: &Browser) -> Outcome {
    let act = Act::SignOut {
        person: browser.person,
        session: browser.session,
    };
    choose(world, browser, (act, App::Spa), ("sign_out", "here")).await
}

/// A button of the account page.
async fn choose(
    world: &Rc<World>,
    browser: &Browser,
    (act, app): (Act, App),
    wanted: (&str, &str),
) -> Outcome {
    let mut request = incoming(Method::Post, &[("csrf", &browser.csrf), wanted]);
    request.headers = Headers::new([form_type(), browser.cookies()]);
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(Page, account::change, machine.context(), &request).await
    };
    let read = |answer: &Answer| match answer.header("location") {
        Some(location) if location.contains("said=") => Outcome::Done,
        _ => Outcome::Refused("no user is signed in"),
    };
    ask(world, act, (app, Caller::Owner), endpoint, read).await
}

/// A person signs in, in a new browser.
pub async fn sign_in(world: &Rc<World>, person: &'static str) -> Option<Browser> {
    sign_in_from(world, person, &Seat::default()).await
}

/// A person signs in from some place.
pub async fn sign_in_from(world: &Rc<World>, person: &'static str, seat: &Seat) -> Option<Browser> {
    try_to_sign_in(world, person, seat, Caller::Owner).await
}

/// Somebody tries to sign in from some place: the person, or a stranger, who guesses at the password.
pub async fn try_to_sign_in(
    world: &Rc<World>,
    person: &'static str,
    seat: &Seat,
    caller: Caller,
) -> Option<Browser> {
    let password = match caller {
        Caller::Owner => PASSWORD,
        Caller::Slip | Caller::Stranger => "a guess at it",
    };
    let request = filled_in(world, (person, password), seat).await?;
    let request_to = Request {
        attempt: Some(attempt(world, person, seat)),
        ..Request::from(Act::SignIn { person })
    };
    let asked = world.moment();
    let kept = Rc::new(RefCell::new(None));
    let keep = Rc::clone(&kept);
    let endpoint = |machine: Rc<Machine>| async move {
        answer!(ByContentType, login::login, machine.context(), &request).await
    };
    let read = |answer: &Answer| {
        let [session, known] =
            ["__Host-session=", "__Host-known="].map(|name| cookie(answer, name));
        let outcome = match session {
            Some(_) => Outcome::Done,
            None => Outcome::Refused("no session"),
        };
        *keep.borrow_mut() = session.map(|session| (session, known.unwrap_or_default()));
        outcome
    };
    ask(world, request_to, (App::Spa, caller), endpoint, read).await;
    let (cookie, known) = kept.take()?;
    Some(Browser {
        person,
        session: world.oracle.session_opened(person, (asked, world.moment())),
        cookie,
        known,
        csrf: String::new(),
    })
}

/// A cookie that an answer sets, as it is sent back.
fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let headers = answer.headers.iter();
    let set = headers.filter(|(header, _)| *header == "set-cookie");
    let mut pairs = set.filter_map(|(_, cookie)| cookie.split(';').next());
    pairs.find(|pair| pair.starts_with(name)).map(str::to_owned)
}

/// The login form, as it is sent back.
async fn filled_in(
    world: &Rc<World>,
    (username, password): (&str, &str),
    seat: &Seat,
) -> Option<Incoming> {
    let mut request = incoming(Method::Get, &[]);
    request.query = fixture::request(&[]);
    let machine = Machine::new(world, usize::MAX);
    let page = answer!(Page, authorize::authorize, machine.context(), &request).await;
    let visit = page.header("set-cookie").filter(|_| page.status == 200)?;
    let visit = visit.split(';').next().unwrap_or_default().to_owned();
    let [asked, csrf] = ["request", "csrf"].map(|name| fixture::hidden(&page, name));
    let fields = [
        ("username", username),
        ("password", password),
        ("request", &asked),
        ("csrf", &csrf),
    ];
    let mut request = at(endpoint::LOGIN, incoming(Method::Post, &fields));
    let cookies = [Some(visit), seat.known.clone()];
    let cookies: Vec<String> = cookies.into_iter().flatten().collect();
    request.headers = Headers::new([form_type(), ("cookie".to_owned(), cookies.join("; "))]);
    request.address = seat.address.map(str::to_owned);
    Some(request)
}

/// The account page. After a fault there is none, and without a session it is the login page.
async fn account_page(world: &Rc<World>, browser: &Browser, query: String) -> Option<Answer> {
    let mut request = incoming(Method::Get, &[]);
    request.query = query;
    request.headers = Headers::new([browser.cookies()]);
    let machine = Machine::new(world, usize::MAX);
    let page = answer!(Page, account::page, machine.context(), &request).await;
    let is_there = page.status == 200 && fixture::text(&page).contains("name=\"sign_out\"");
    is_there.then_some(page)
}

/// The grants on one page of the account page, and where the next begins.
pub(crate) async fn list_grants(
    world: &Rc<World>,
    browser: &Browser,
    after: Option<&EntryKey>,
) -> Option<(Vec<EntryKey>, Option<EntryKey>)> {
    let query = form::encode(after.map(|after| ("after", after.as_str())));
    let page = fixture::text(&account_page(world, browser, query).await?);
    let keys = quoted(&page, "name=\"end\" value=\"");
    let next = quoted(&page, "href=\"/account?").into_iter().next();
    let next = next.and_then(|query| form::Form::parse(query.as_bytes()).ok());
    let next = next.and_then(|query| EntryKey::parse(query.one("after").ok()??));
    let keys = keys.into_iter().map(EntryKey::parse);
    Some((keys.collect::<Option<_>>()?, next))
}

/// What stands between `before` and the next quotation mark, wherever that is.
fn quoted<'a>(page: &'a str, before: &str) -> Vec<&'a str> {
    let found = page.split(before).skip(1);
    found.filter_map(|rest| rest.split('"').next()).collect()
}

/// The account page, for what a form that it serves must carry.
pub async fn open_account(world: &Rc<World>, mut browser: Browser) -> Option<Browser> {
    let page = account_page(world, &browser, String::new()).await?;
    let set = page.header("set-cookie").unwrap_or_default();
    let visit = set.split(';').next().unwrap_or_default();
    browser.cookie = [&browser.cookie, "; ", visit].concat();
    browser.csrf = fixture::hidden(&page, "csrf");
    Some(browser)
}
