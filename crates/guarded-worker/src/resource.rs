//! Resources: what tokens are for (RFC 8707), each with its metadata (RFC 9728).

use oauth_guard::{Access, Denied};

use crate::service::{Needs, Protected, ScopeInfo, Service};

/// A resource: its services, its scopes, and where it is. A token for one resource of a worker opens no other.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    /// What follows the origin in its identifier; empty for the worker's own, whose identifier is `RESOURCE`.
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) services: &'static [Service],
    first: &'static [ScopeInfo],
}

impl Resource {
    /// A resource beside the worker's own. Its identifier is the origin of `RESOURCE` with this path, as `/mcp`; each of its
    /// routes is at the path or below it, and a route elsewhere is not found. The name is shown in its metadata.
    pub const fn new(path: &'static str, name: &'static str, services: &'static [Service]) -> Self {
        Self {
            path,
            name,
            services,
            first: &[],
        }
    }

    /// For clients that begin with little and ask for more where they need it: a request without a token is told these
    /// scopes, and no others are listed. One whose scope is too little is told the scope of the operation and what it has
    /// already, because clients ask for what they are told and nothing else.
    #[must_use]
    pub const fn asking_first_for(self, scopes: &'static [ScopeInfo]) -> Self {
        Self {
            first: scopes,
            ..self
        }
    }

    /// Whether a path is its own.
    pub(crate) fn has(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The scopes of its services, each once.
    pub(crate) fn scopes(&self) -> Vec<ScopeInfo> {
        let mut scopes: Vec<ScopeInfo> = Vec::new();
        for service in self.services {
            let needed = service.routes.iter().filter_map(Protected::scope);
            for scope in service.scopes.iter().copied().chain(needed) {
                if scopes.iter().all(|known| known.name != scope.name) {
                    scopes.push(scope);
                }
            }
        }
        scopes
    }

    /// The scopes that its metadata list.
    pub(crate) fn listed(&self) -> Vec<ScopeInfo> {
        if self.first.is_empty() {
            self.scopes()
        } else {
            self.first.to_vec()
        }
    }

    /// What a client without a valid token should ask for.
    pub(crate) fn first_scope(&self, needs: Needs) -> Option<String> {
        if self.first.is_empty() {
            return needs.scope.map(|scope| scope.name.to_owned());
        }
        let names: Vec<&str> = self.first.iter().map(|scope| scope.name).collect();
        Some(names.join(" "))
    }

    /// What a client should ask for whose scope was too little: all that the operation needs, and all that it has.
    pub(crate) fn wider_scope(&self, denied: &Denied, access: &Access) -> Option<String> {
        let Denied::InsufficientScope { scope } = denied else {
            return None;
        };
        if self.first.is_empty() {
            return None;
        }
        let has = |name: &str| access.scope().is_some_and(|held| held.contains(name));
        let scopes = self.scopes();
        let names = scopes.iter().map(|scope| scope.name);
        let asked: Vec<&str> = names.filter(|name| name == scope || has(name)).collect();
        Some(asked.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use edge::{Resolved, Routes as _};
    use oauth_core::http::{Answer, Method};

    use super::*;
    use crate::call::{Call, HandlerFuture};
    use crate::service::Api;

    const READ: ScopeInfo = ScopeInfo::new("read", "Read");
    const WRITE: ScopeInfo = ScopeInfo::new("write", "Write");

    const SERVICES: &[Service] = &[Service {
        name: "all",
        scopes: &[],
        routes: &[
            Protected::get("/read", Needs::scope(&READ), handle),
            Protected::post("/mcp", Needs::scope(&WRITE), handle),
            Protected::get("/mcp/below", Needs::TOKEN, handle),
        ],
    }];

    static API: Api =
        Api::new("Test", SERVICES).with_resources(&[Resource::new("/mcp", "MCP", SERVICES)]);

    fn handle<'a>(_: &'a Call<'a>) -> HandlerFuture<'a> {
        Box::pin(async { Ok(Answer::empty(204)) })
    }

    #[test]
    fn a_path_belongs_to_one_resource() {
        for (path, name) in [
            ("/read", "Test"),
            ("/", "Test"),
            ("/mcpx", "Test"),
            ("/MCP", "Test"),
            ("/mcp", "MCP"),
            ("/mcp/", "MCP"),
            ("/mcp/below", "MCP"),
        ] {
            assert_eq!(API.resource_at(path).name, name, "{path}");
        }
    }

    #[test]
    fn a_route_outside_of_its_resource_is_not_found() {
        static STRAY: Api =
            Api::new("Test", &[]).with_resources(&[Resource::new("/mcp", "MCP", SERVICES)]);
        static OWN: Api =
            Api::new("Test", SERVICES).with_resources(&[Resource::new("/mcp", "MCP", &[])]);
        let found = |api: &Api, path| matches!(api.resolve(Method::Get, path), Resolved::Found(_));
        assert!(found(&API, "/read") && found(&API, "/mcp/below"));
        assert!(!found(&STRAY, "/read") && found(&STRAY, "/mcp/below"));
        // And the API's own route below another resource's path is not there either.
        assert!(!found(&OWN, "/mcp/below"));
    }

    #[test]
    fn what_is_asked_for_first_is_what_is_listed() {
        let all = Resource::new("/mcp", "MCP", SERVICES);
        assert_eq!(all.listed(), [READ, WRITE]);
        assert_eq!(all.first_scope(Needs::TOKEN), None);
        assert_eq!(
            all.first_scope(Needs::scope(&READ)).as_deref(),
            Some("read")
        );
        let first = all.asking_first_for(&[READ]);
        assert_eq!(
            (first.listed(), first.scopes()),
            (vec![READ], vec![READ, WRITE])
        );
        assert_eq!(
            first.first_scope(Needs::scope(&WRITE)).as_deref(),
            Some("read")
        );
    }
}
