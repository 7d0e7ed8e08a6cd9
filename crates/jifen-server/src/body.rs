//! JSON bodies of requests that are no events: unknown members are refused, and the problem says where.

use axum::{
    Json,
    body::Bytes,
    extract::{
        FromRequest, Request,
        rejection::{BytesRejection, JsonRejection},
    },
    http::{StatusCode, header},
    response::IntoResponse,
};
use jifen_core::time::Date;
use serde::de::DeserializeOwned;

use crate::{intake::http::BODY_BYTES_MAX, problem::Problem};

/// A member of a body that is wrong.
pub(crate) fn malformed(pointer: impl Into<String>, reason: impl Into<String>) -> Problem {
    Problem::MalformedBody { pointer: pointer.into(), reason: reason.into() }
}

/// The day that a member of a body names.
///
/// # Errors
/// [`Problem::MalformedBody`] that points at it.
pub(crate) fn date(pointer: &str, text: &str) -> Result<Date, Problem> {
    Date::parse(text).ok_or_else(|| malformed(pointer, format!("`{text}` is no date such as `2026-11-23`")))
}

/// A checked body. `T` denies unknown members.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let found = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let found = found.unwrap_or_default().to_owned();
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(JsonRejection::MissingJsonContentType(_)) => {
                Err(Problem::MediaTypeUnsupported { found, wanted: "`application/json`" })
            }
            Err(JsonRejection::BytesRejection(_)) => Err(Problem::BodyTooLarge { limit: BODY_BYTES_MAX }),
            Err(rejection) => {
                // The parser's own words name the member.
                let text = rejection.body_text();
                let reason = text.rsplit_once("target type: ").map_or(text.as_str(), |(_, rest)| rest).to_owned();
                Err(Problem::MalformedBody { pointer: String::new(), reason })
            }
        }
    }
}

/// The bytes of a body that came whole.
///
/// # Errors
/// It is too large, or broke off.
pub(crate) fn whole(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    body.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::BodyTooLarge { limit: BODY_BYTES_MAX },
        _ => Problem::MalformedBody { pointer: String::new(), reason: "the body broke off".to_owned() },
    })
}
