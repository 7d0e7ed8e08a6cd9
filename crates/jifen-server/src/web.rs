//! The web app, embedded: hashed assets are kept for ever, the index is asked for each time, unknown pages are the index.

use axum::{
    http::{HeaderValue, Method, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

use crate::problem::Problem;

/// What Vite built; `build.rs` puts a stub there when nothing was.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

const INDEX: &str = "index.html";
/// Where Vite puts files whose names hold a hash of their content.
const HASHED: &str = "assets/";

/// Everything outside the API.
pub(crate) async fn page(method: Method, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path == "api" || path.starts_with("api/") {
        return Problem::NotFound("resource of this path".to_owned()).into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return Problem::MethodNotAllowed.into_response();
    }
    let wanted = if path.is_empty() { INDEX } else { path };
    // A missing file is missing; a missing page is one of the app's own routes, and codes in them may hold a dot.
    let climbs = wanted.split('/').any(|part| part == "..");
    let is_file = climbs || wanted.starts_with(HASHED) || (wanted.contains('.') && !wanted.contains('/'));
    match Dist::get(wanted) {
        Some(file) => answer(wanted, file),
        None if is_file => Problem::NotFound("file of this path".to_owned()).into_response(),
        None => Dist::get(INDEX)
            .map_or_else(|| Problem::NotFound("web app".to_owned()).into_response(), |file| answer(INDEX, file)),
    }
}

fn answer(path: &str, file: rust_embed::EmbeddedFile) -> Response {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = if kind.type_() == mime_guess::mime::TEXT { format!("{kind}; charset=utf-8") } else { kind.to_string() };
    let kept = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = file.data.into_owned().into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(&kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
    response
}
