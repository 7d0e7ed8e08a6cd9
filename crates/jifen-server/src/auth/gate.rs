//! The gate before every route: finds out who asks, and goes on only with the one permission that the route names.
//!
//! In: the table that `router` builds, route by route. Out: the [`Caller`] in the request's extensions, for the handler. What is
//! not in the table is refused, whatever its handler does.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::Body,
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use jifen_store::AuditRow;
use utoipa::openapi::{
    self, ContentBuilder, Ref, RefOr, ResponseBuilder,
    extensions::Extensions,
    path::{Operation, Paths},
};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::{Caller, Permission, Reason, signing};
use crate::{app::App, audit, problem::Problem};

/// The member of an operation in the OpenAPI document that names what it needs.
pub(crate) const EXTENSION: &str = "x-permission";
/// What that member says where nobody needs anything.
const OPEN: &str = "public";

/// What a route needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Needs {
    /// Nothing: it is for everybody, signed in or not.
    Nothing,
    /// This.
    Permission(Permission),
}

/// What each route needs, by method and pattern.
pub(crate) type Table = HashMap<String, Vec<(Method, Needs)>>;

/// Routes, of which none can be added without saying what it needs.
pub(crate) struct Gated {
    router: OpenApiRouter<App>,
    table: Table,
}

impl Gated {
    pub(crate) fn new(document: utoipa::openapi::OpenApi) -> Self {
        Self { router: OpenApiRouter::with_openapi(document), table: Table::new() }
    }

    /// Adds routes that take a permission.
    pub(crate) fn may(self, permission: Permission, routes: UtoipaMethodRouter<App>) -> Self {
        self.add(Needs::Permission(permission), routes)
    }

    /// Adds routes for everybody.
    pub(crate) fn open(self, routes: UtoipaMethodRouter<App>) -> Self {
        self.add(Needs::Nothing, routes)
    }

    fn add(mut self, needs: Needs, (schemas, mut paths, methods): UtoipaMethodRouter<App>) -> Self {
        for (pattern, method) in name_permission(&mut paths, needs) {
            self.table.entry(pattern).or_default().push((method, needs));
        }
        self.router = self.router.routes((schemas, paths, methods));
        self
    }

    pub(crate) fn into_parts(self) -> (OpenApiRouter<App>, Table) {
        (self.router, self.table)
    }
}

/// Writes what the operations need into the document; gives their patterns and methods.
fn name_permission(paths: &mut Paths, needs: Needs) -> Vec<(String, Method)> {
    let word = match needs {
        Needs::Nothing => OPEN,
        Needs::Permission(permission) => permission.name(),
    };
    let mut named = Vec::new();
    for (pattern, item) in &mut paths.paths {
        let operations = [
            (Method::GET, &mut item.get),
            (Method::POST, &mut item.post),
            (Method::PUT, &mut item.put),
            (Method::DELETE, &mut item.delete),
            (Method::PATCH, &mut item.patch),
        ];
        for (method, operation) in operations {
            let Some(operation) = operation else { continue };
            operation.extensions = Some(Extensions::builder().add(EXTENSION, word).build());
            add_refusals(operation, needs);
            named.push((pattern.clone(), method));
        }
    }
    named
}

/// Writes what is answered whatever the handler does: to who may not, to a parameter or body that is wrong, to a body that is too long
/// or of another type.
fn add_refusals(operation: &mut Operation, needs: Needs) {
    let by_gate: &[&str] = if needs == Needs::Nothing { &[] } else { &["401", "403"] };
    let reads_parameters = operation.parameters.as_ref().is_some_and(|parameters| !parameters.is_empty());
    let by_reading: &[&str] = match (&operation.request_body, reads_parameters) {
        (Some(_), _) => &["400", "413", "415"],
        (None, true) => &["400"],
        (None, false) => &[],
    };
    for &code in by_gate.iter().chain(by_reading) {
        operation.responses.responses.entry(code.to_owned()).or_insert_with(|| RefOr::T(refusal()));
    }
}

fn refusal() -> openapi::Response {
    let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    ResponseBuilder::new().content("application/problem+json", content).build()
}

/// The middleware around every route.
pub(crate) async fn around(State((app, table)): State<(App, Arc<Table>)>, request: Request, next: Next) -> Response {
    let (request, noted) = match admit(&app, &table, request).await {
        Ok(admitted) => admitted,
        Err(problem) => return problem.into_response(),
    };
    let response = next.run(request).await;
    match noted {
        // What is not written down is not told.
        Some(row) if response.status().is_success() => match audit::write(&app, row).await {
            Ok(()) => response,
            Err(problem) => problem.into_response(),
        },
        Some(_) | None => response,
    }
}

async fn admit(app: &App, table: &Table, request: Request) -> Result<(Request, Option<AuditRow>), Problem> {
    let pattern = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let Some(routes) = pattern.and_then(|pattern| table.get(pattern)) else {
        return Err(Problem::Forbidden(UNNAMED));
    };
    // A question for the head alone is answered by the handler of the whole.
    let asked = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
    // What has no handler is answered as such.
    let Some((_, needs)) = routes.iter().find(|(method, _)| method == asked) else { return Ok((request, None)) };
    let Needs::Permission(permission) = *needs else { return Ok((request, None)) };
    let (mut parts, mut body) = request.into_parts();
    let caller = if signing::is_signed(&parts.headers) {
        let (caller, read) = signing::verified(app, &parts, body).await?;
        body = Body::from(read);
        caller
    } else {
        Caller::from_request_parts(&mut parts, app).await?
    };
    caller.may(permission)?;
    caller.has_proved(permission)?;
    let noted = audit::of_request(app, &caller.0, permission, &parts.method, &parts.uri);
    parts.extensions.insert(caller);
    Ok((Request::from_parts(parts, body), noted))
}

const UNNAMED: Reason = Reason {
    zh: "这个接口没有登记所需的权限",
    en: "this route names no permission, so nobody may use it",
};
