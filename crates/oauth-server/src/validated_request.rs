//! A validated authorization request: what the login and consent pages carry, and what a code is issued for.

use std::rc::Rc;

use oauth_core::{
    Fault, Refusal,
    authorize::{
        self, AuthorizationRequest, MayIssue, NeedsConsent, Next, Rejected, SignedOut, Situation,
    },
    client::{Client, RegisteredBy},
    credential::AuthorizationCode,
    endpoint,
    form::{self, Form},
    http::{Answer, Incoming},
    id::{GrantId, UserId},
    lifecycle::{
        grant::{Begin, Code, GrantDetails, GrantSecret, RequestSource, TRIES, TokenFormat},
        person::{AddReply, Entry, Register},
    },
    scope::Scope,
};

use crate::{
    audit::{AuditEvent, Event},
    client_document,
    context::{Context, Stop},
    cookie::Cookie,
    id_token_hint,
    ports::{Keys, Ports},
    pushed_request::{self, PushedRequest},
    redirect, register,
    session::Login,
};

/// The longest request that is carried through the login, in bytes as a query.
pub(crate) const LONGEST: usize = 14_000;

/// An authorization request that was checked, with the client that makes it.
pub(crate) struct ValidatedRequest {
    /// The request.
    pub(crate) request: AuthorizationRequest,
    /// The client that sent it.
    pub(crate) client: Rc<Client>,
    /// The format of its access tokens.
    pub(crate) format: TokenFormat,
    /// The request in one canonical spelling: forms carry it, and a fresh login is bound to it.
    pub(crate) query: String,
    /// The grant that it begins, where its client had pushed it.
    pushed: Option<GrantId>,
}

/// The next step of a request, with the login that it is for.
pub(crate) enum Step {
    /// Ask for the password.
    SignIn,
    /// Ask for consent.
    Consent(Login, NeedsConsent),
    /// Issue a code.
    Issue(Login, MayIssue),
    /// Refuse at the client's redirect URI.
    Refuse(Refusal),
}

impl ValidatedRequest {
    /// Validates the parameters of a request. The client learns of a fault wherever that is safe.
    pub(crate) async fn read<P: Ports>(
        context: &Context<'_, P>,
        form: &Form,
    ) -> Result<Self, Stop> {
        let is_pushed = pushed_request::is_named(form);
        if !is_pushed {
            context.ui_locales(form);
        }
        let client_id = authorize::client_id(form)?;
        context.note_client(|origin| origin.presents(client_id.as_str()));
        let client = client_document::client(context, &client_id).await?;
        context.note_client(|origin| origin.is_of(&client_id));
        if is_pushed {
            let pushed = pushed_request::open(context, &client_id, form).await?;
            let PushedRequest { grant, form, query } = pushed;
            context.ui_locales(&form);
            return Self::checked(context, client, &form, query, Some(grant));
        }
        let query = form::encode(form.iter());
        if query.len() > LONGEST {
            return Err(Refusal::TooLarge.into());
        }
        Self::checked(context, client, form, query, None)
    }

    fn checked<P>(
        context: &Context<'_, P>,
        client: Rc<Client>,
        form: &Form,
        query: String,
        pushed: Option<GrantId>,
    ) -> Result<Self, Stop> {
        let from = match pushed {
            Some(_) => RequestSource::Pushed,
            None => RequestSource::Browser,
        };
        match authorize::check(form, &client, context.settings, from) {
            Ok(request) => Ok(Self {
                format: context.settings.token_format(&request.resource, &client),
                request,
                client,
                query,
                pushed,
            }),
            Err(Rejected::Page(refusal)) => Err(refusal.into()),
            Err(Rejected::Redirect {
                redirect,
                state,
                refusal,
            }) => {
                let mut answer =
                    redirect::invalid(context, &client, &redirect, state.as_deref(), refusal);
                answer.log.client_id = Some(client.client_id.to_string());
                Err(answer.into())
            }
        }
    }

    /// Decides the next step for the user who is signed in, if there is one.
    pub(crate) async fn decide<P: Ports>(
        &self,
        context: &Context<'_, P>,
        incoming: &Incoming,
        login: Option<Login>,
    ) -> Result<Step, Stop> {
        let hinted = self.hinted(context).await?;
        let Some(login) = login else {
            return Ok(match authorize::signed_out(&self.request) {
                SignedOut::SignIn => Step::SignIn,
                SignedOut::Refuse(refusal) => Step::Refuse(refusal),
            });
        };
        let user_id = &login.user.user_id;
        let (client_id, resource) = (&self.request.client_id, &self.request.resource);
        let consented = context.ports.consented(user_id, client_id, resource);
        let consented = consented.await?;
        let situation = Situation {
            signed_in: &login.signed_in(context, &incoming.headers, &self.query),
            hinted: hinted.as_ref(),
            consented: consented.as_ref(),
            // The user can grant the requested scope within their roles.
            grantable: &login.user.roles.limit(&self.request.scope),
        };
        Ok(
            match authorize::next(&self.request, situation, context.now) {
                Next::SignIn => Step::SignIn,
                Next::Consent(needs) => Step::Consent(login, needs),
                Next::Issue(may) => Step::Issue(login, may),
                Next::Refuse(refusal) => Step::Refuse(refusal),
            },
        )
    }

    /// What a user agrees to who grants `scope` in this session: everything that the consent page shows of it.
    pub(crate) fn terms<'a>(&'a self, session: &'a str, scope: &'a str) -> [&'a str; 8] {
        let request = &self.request;
        [
            "terms",
            session,
            request.client_id.as_str(),
            &self.client.client_name,
            scope,
            if request.refreshes { "refreshes" } else { "" },
            &request.resource,
            request.redirect.as_str(),
        ]
    }

    /// The user that the `id_token_hint` names, if there is one.
    async fn hinted<P: Keys>(&self, context: &Context<'_, P>) -> Result<Option<UserId>, Stop> {
        let Some(hint) = &self.request.id_token_hint else {
            return Ok(None);
        };
        match id_token_hint::subject(context, &self.request.client_id, hint).await? {
            Some(user_id) => Ok(Some(user_id)),
            None => Err(self.refuse(context, Refusal::HintInvalid).into()),
        }
    }

    /// Redirects to the client with an error.
    pub(crate) fn refuse<P>(&self, context: &Context<'_, P>, refusal: Refusal) -> Answer {
        redirect::refused(
            context,
            &self.request.redirect,
            self.request.state.as_deref(),
            refusal,
        )
    }

    /// Begins a grant and sends its code to the client. The grant enters its user's index before the code leaves the
    /// server: whatever ends the user's grants either ends this one, or comes first. Then the result is `None`, and
    /// the request must [start over](Self::start_over).
    pub(crate) async fn issue<P: Ports>(
        &self,
        context: &Context<'_, P>,
        login: &Login,
        may: MayIssue,
    ) -> Result<Option<Answer>, Stop> {
        let scope = may.into_scope();
        // Privileged scopes were dropped for want of a role, and nothing else was asked for.
        if scope.is_empty() && !self.request.scope.is_empty() {
            return Ok(Some(self.refuse(context, Refusal::ScopeNotAllowed)));
        }
        let code = self.begin(context, login, &scope).await?;
        let register = self.registration(context, login, &code.grant, scope);
        let user_id = &login.user.user_id;
        if context.ports.person(user_id, register).await? == AddReply::Ended {
            return Ok(None);
        }
        register::note_use(context, &self.client);
        context.record(AuditEvent {
            subject: Some(user_id.clone()),
            grant: Some(code.grant.clone()),
            ..context.event(Event::CodeIssued)
        });
        if self.client.registered_by == RegisteredBy::Document {
            context.ports.use_document(&self.client.client_id);
        }
        let code = code.issue(context.keyring);
        let mut answer = self.redirect(context, &[("code", code.expose())]);
        answer.log.subject = Some(login.user.user_id.to_string());
        let answer = answer.with("set-cookie", Cookie::Fresh.clear(context.settings));
        Ok(Some(answer))
    }

    /// Sends the browser to the authorization endpoint with the same request.
    pub(crate) fn repeat(&self) -> Answer {
        Answer::see_other([endpoint::AUTHORIZE, "?", &self.query].concat())
    }

    /// The same after the session has ended, or another one has begun: the log says so.
    pub(crate) fn repeat_after_an_end(&self) -> Answer {
        let mut answer = self.repeat();
        answer.log.refusal = Some(Refusal::SessionEnded.slug());
        answer
    }

    /// The answer when the user's grants were ended before this one entered the index. The browser repeats the request;
    /// a pushed one is used by now, so its client gets an error and can push another.
    pub(crate) fn start_over<P>(&self, context: &Context<'_, P>) -> Answer {
        if self.pushed.is_some() {
            return self.refuse(context, Refusal::SessionEnded);
        }
        self.repeat_after_an_end()
    }

    /// Begins a grant: a new one, or the one that the pushed request is, which is how it is used once.
    async fn begin<P: Ports>(
        &self,
        context: &Context<'_, P>,
        login: &Login,
        scope: &Scope,
    ) -> Result<AuthorizationCode, Stop> {
        let (from, grant) = match &self.pushed {
            Some(grant) => (RequestSource::Pushed, grant.clone()),
            None => (
                RequestSource::Browser,
                GrantId::from_random(context.ports.random()?),
            ),
        };
        let secret = GrantSecret::from_random(context.ports.random()?);
        let part = Some(secret.code());
        let command = Begin {
            from,
            details: Box::new(self.details(context, login, scope.clone())),
            code: Box::new(self.code(context, secret)),
        };
        match (context.ports.grant(&grant, command).await?, from) {
            (Ok(()), _) => Ok(AuthorizationCode { grant, part }),
            // Used meanwhile, or too late: a page, as for a second use.
            (Err(refusal), RequestSource::Pushed) => Err(refusal.into()),
            // A grant's id is 128 random bits.
            (Err(_), RequestSource::Browser) => {
                Err(Fault::new("authorize.begin", "the grant exists already").into())
            }
        }
    }

    fn registration<P>(
        &self,
        context: &Context<'_, P>,
        login: &Login,
        grant: &GrantId,
        scope: Scope,
    ) -> Register {
        Register {
            entry: Entry {
                grant: grant.clone(),
                client_id: self.request.client_id.clone(),
                scope,
                resource: self.request.resource.clone(),
                since: context.now,
                until: context.now.plus(context.settings.lifetimes.grant()),
                session: Some(login.session.hash.clone()),
            },
            mark: login.mark,
        }
    }

    fn details<P>(&self, context: &Context<'_, P>, login: &Login, scope: Scope) -> GrantDetails {
        GrantDetails {
            client_id: self.request.client_id.clone(),
            user_id: Some(login.user.user_id.clone()),
            scope,
            resource: self.request.resource.clone(),
            format: self.format,
            auth_time: Some(login.session.auth_time),
            begun_at: context.now,
        }
    }

    fn code<P>(&self, context: &Context<'_, P>, secret: GrantSecret) -> Code {
        let request = &self.request;
        let lifetime = context.settings.lifetimes.authorization_code;
        Code {
            redirect_uri: request.redirect.as_str().to_owned(),
            redirect_uri_sent: request.redirect_uri_sent,
            code_challenge: request.code_challenge.clone(),
            nonce: request.nonce.clone(),
            expires_at: context.now.plus(lifetime),
            tries_left: TRIES,
            jkt: request.dpop_jkt.clone(),
            secret: Some(secret),
        }
    }

    fn redirect<P>(&self, context: &Context<'_, P>, parameters: &[(&str, &str)]) -> Answer {
        redirect::to(
            context,
            &self.request.redirect,
            self.request.state.as_deref(),
            parameters,
        )
    }
}
