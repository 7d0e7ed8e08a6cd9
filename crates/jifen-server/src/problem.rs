//! Every HTTP error, as an RFC 9457 problem: one enum, one match.
//!
//! In: what a handler refuses. Out: `application/problem+json` with a stable `code`, the request id and pointers.

mod pointer;
mod proof;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jifen_core::language::Words;
use jifen_store::StoreError;
use serde::{Deserialize, Serialize};

pub use pointer::Pointer;
pub use proof::ProofProblem;

use crate::{auth::Reason, request, writer::queue::SubmitError};

/// Seconds after which a refused client may try again when the queue is full.
pub const BUSY_RETRY_SECONDS: u32 = 1;
/// Seconds after which a refused client may try to open another stream.
pub const STREAM_RETRY_SECONDS: u32 = 15;
/// Seconds after which a refused client may try again when the disk is full.
pub const FULL_RETRY_SECONDS: u32 = 5;
/// Seconds after which a client may ask again what became of its request.
pub const ASK_AGAIN_SECONDS: u32 = 1;

/// Why a request is not answered as asked.
#[derive(Debug)]
pub enum Problem {
    /// The body is no JSON.
    MalformedJson {
        /// Line from 1.
        line: usize,
        /// Column from 1.
        column: usize,
        /// What the parser says.
        reason: String,
    },
    /// The body is JSON of the wrong shape.
    MalformedBody {
        /// JSON pointer.
        pointer: String,
        /// What is wrong.
        reason: String,
    },
    /// A header of a binary CloudEvent is wrong.
    MalformedHeader {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// A query parameter is unknown or wrong.
    BadQuery {
        /// Its name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// No bearer key.
    KeyMissing,
    /// A key nobody issued.
    KeyUnknown,
    /// No such account, or another password; which of them is not told.
    SignInFailed,
    /// Wrong passwords, too often.
    TooManyFailures {
        /// Seconds until the next attempt.
        seconds: u32,
    },
    /// Opinions of the public, too many from an address or all together.
    TooManyOpinions {
        /// Seconds until the next.
        seconds: u32,
    },
    /// The password is right, but the account is not let in any more.
    AccountDisabled,
    /// Too many sign in at once.
    SignInBusy,
    /// A session that was ended, or too old, or never there.
    SessionOver,
    /// The password was given and not chosen.
    PasswordMustChange,
    /// The present password is another.
    PasswordWrong,
    /// Not proved who one is.
    Proof(ProofProblem),
    /// Asked with a cookie by a page that is not this server's.
    OriginForeign,
    /// The key's role does not allow it.
    Forbidden(Reason),
    /// Nothing there, or nothing this key may see.
    NotFound(String),
    /// The event that the request makes cannot be taken.
    EventRefused {
        /// JSON pointer into the request, or into the event it makes.
        pointer: String,
        /// What is wrong.
        reason: String,
        /// The same in Chinese, where it is known.
        reason_zh: Option<String>,
    },
    /// The draft of a rule set, in `/rules`, has these faults.
    DraftRefused(Vec<Words>),
    /// Something else was there first.
    Conflict(String),
    /// The path knows other methods.
    MethodNotAllowed,
    /// The body is over the limit.
    BodyTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// More events than one request may bring.
    TooManyEvents {
        /// Events allowed.
        limit: usize,
    },
    /// A content type this path does not read.
    MediaTypeUnsupported {
        /// What came.
        found: String,
        /// What is read.
        wanted: &'static str,
    },
    /// Too much is waiting for the writer.
    Busy,
    /// The account has too many live streams open.
    TooManyStreams {
        /// Streams allowed.
        limit: usize,
    },
    /// The disk is full.
    StorageFull,
    /// The region's writer has stopped.
    WriterStopped,
    /// Events went to a node that ended or lost the region before it answered.
    OutcomeUnknown,
    /// Not ready to serve.
    NotReady,
    /// The store failed; details go to the log only.
    Store(String),
    /// Stored data does not fit together; details go to the log only.
    Inconsistent(String),
}

/// A problem as it goes over the wire.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:jifen:problem:CODE`.
    pub r#type: String,
    /// Chinese title.
    pub title: String,
    /// English title.
    pub title_en: String,
    /// HTTP status.
    pub status: u16,
    /// What happened here and what to do.
    pub detail: String,
    /// The same in Chinese, where there is such a text.
    #[schema(required = true)]
    pub detail_zh: Option<String>,
    /// Stable code.
    pub code: String,
    /// Also in the header `x-request-id` and in the log.
    pub request_id: String,
    /// Where in the request.
    pub pointers: Vec<Pointer>,
}

struct Face {
    status: StatusCode,
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    detail: String,
    detail_zh: Option<String>,
    pointers: Vec<Pointer>,
    retry_after: Option<u32>,
}

impl Problem {
    /// A query parameter that cannot be read.
    pub fn query(name: &str, reason: impl Into<String>) -> Self {
        Self::BadQuery { name: name.to_owned(), reason: reason.into() }
    }

    fn face(&self) -> Face {
        let face = |status, code, zh, en, detail: String| Face {
            status,
            code,
            zh,
            en,
            detail,
            detail_zh: None,
            pointers: Vec::new(),
            retry_after: None,
        };
        let at = |pointer: &str, reason: &str, face: Face| Face {
            pointers: vec![Pointer { pointer: pointer.to_owned(), detail: reason.to_owned(), detail_zh: None }],
            ..face
        };
        let in_chinese = |text: &str, face: Face| Face { detail_zh: Some(text.to_owned()), ..face };
        let later = |seconds, face: Face| Face { retry_after: Some(seconds), ..face };
        match self {
            Self::MalformedJson { line, column, reason } => face(
                StatusCode::BAD_REQUEST,
                "malformed_json",
                "请求正文不是合法的 JSON",
                "The body is no valid JSON",
                format!("line {line}, column {column}: {reason}"),
            ),
            Self::MalformedBody { pointer, reason } => at(
                pointer,
                reason,
                face(
                    StatusCode::BAD_REQUEST,
                    "malformed_body",
                    "请求正文结构不符",
                    "The body has the wrong shape",
                    reason.clone(),
                ),
            ),
            Self::MalformedHeader { name, reason } => at(
                name,
                reason,
                face(
                    StatusCode::BAD_REQUEST,
                    "malformed_header",
                    "请求头有误",
                    "A header is wrong",
                    format!("`{name}`: {reason}"),
                ),
            ),
            Self::BadQuery { name, reason } => at(
                &format!("?{name}"),
                reason,
                face(
                    StatusCode::BAD_REQUEST,
                    "bad_query",
                    "查询参数有误",
                    "A query parameter is unknown or wrong",
                    format!("`{name}`: {reason}"),
                ),
            ),
            Self::KeyMissing => in_chinese(
                "请求须带 `Authorization: Bearer 密钥`；密钥由管理员发给",
                face(
                StatusCode::UNAUTHORIZED,
                "key_missing",
                "缺少访问密钥",
                "A key is required",
                "send `Authorization: Bearer KEY`; `jifen key add` makes a key".to_owned(),
            ),
            ),
            Self::KeyUnknown => in_chinese(
                "没有这个密钥：请核对，或向管理员另要一个",
                face(
                StatusCode::UNAUTHORIZED,
                "key_unknown",
                "访问密钥无效",
                "The key is not known",
                "no such key; check it or ask the administrator for a new one".to_owned(),
            ),
            ),
            Self::SignInFailed => in_chinese(
                "本地区没有这个账号，或密码不对",
                face(
                StatusCode::UNAUTHORIZED,
                "sign_in_failed",
                "账号或密码不对",
                "Wrong account or password",
                "no such account in this region, or another password".to_owned(),
            ),
            ),
            Self::TooManyFailures { seconds } => later(
                *seconds,
                in_chinese(
                    &format!("没有核对密码，{seconds} 秒后再试"),
                    face(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_failures",
                    "密码连续输错，请稍后再试",
                    "Too many wrong passwords",
                    format!("the password was not looked at; try again in {seconds} s"),
                ),
                ),
            ),
            Self::TooManyOpinions { seconds } => later(
                *seconds,
                in_chinese(
                    &format!("意见没有收下，{seconds} 秒后再试"),
                    face(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_opinions",
                    "提交过于频繁，请稍后再试",
                    "Too many opinions",
                    format!("the opinion was not taken; try again in {seconds} s"),
                ),
                ),
            ),
            Self::AccountDisabled => in_chinese(
                "请找管理员重新启用",
                face(
                StatusCode::FORBIDDEN,
                "account_disabled",
                "账号已停用",
                "The account is disabled",
                "ask the administrator: `jifen account reset` lets it in again".to_owned(),
            ),
            ),
            Self::SignInBusy => later(
                BUSY_RETRY_SECONDS,
                in_chinese(
                    "没有核对密码，过一会儿再试",
                    face(
                    StatusCode::TOO_MANY_REQUESTS,
                    "sign_in_busy",
                    "登录的人太多，请稍后再试",
                    "Too many are signing in",
                    "the password was not looked at; try again in a moment".to_owned(),
                ),
                ),
            ),
            Self::SessionOver => in_chinese(
                "会话已结束，或太久没有使用：请重新登录",
                face(
                StatusCode::UNAUTHORIZED,
                "session_over",
                "登录已失效，请重新登录",
                "The session is over",
                "it was ended, or not used for too long; sign in again".to_owned(),
            ),
            ),
            Self::PasswordMustChange => in_chinese(
                "先改掉一次性密码，才能做别的",
                face(
                StatusCode::FORBIDDEN,
                "password_must_change",
                "请先修改一次性密码",
                "The password must be changed first",
                "change the password first: `POST /api/v1/accounts/password`".to_owned(),
            ),
            ),
            Self::PasswordWrong => in_chinese(
                "什么都没有改动；请填登录时用的密码",
                face(
                StatusCode::FORBIDDEN,
                "password_wrong",
                "原密码不对",
                "The present password is another",
                "nothing was changed; give the password you signed in with".to_owned(),
            ),
            ),
            Self::Proof(problem) => problem.face(),
            Self::OriginForeign => face(
                StatusCode::FORBIDDEN,
                "origin_foreign",
                "请求不是由本站页面发出",
                "Not sent by a page of this server",
                "a request with a session's cookie that changes something needs an `Origin` equal to its `Host`; programs use a key".to_owned(),
            ),
            Self::Forbidden(Reason { zh, en }) => {
                let face =
                    face(StatusCode::FORBIDDEN, "forbidden", "权限不足", "The key does not allow this", (*en).to_owned());
                in_chinese(zh, face)
            }
            Self::NotFound(what) => in_chinese(
                "没有找到，或者不在可查看的范围内",
                face(
                StatusCode::NOT_FOUND,
                "not_found",
                "未找到",
                "Not found",
                format!("there is no {what} that this key may read"),
            ),
            ),
            Self::EventRefused { pointer, reason, reason_zh } => Face {
                detail_zh: reason_zh.clone(),
                ..at(
                    pointer,
                    reason,
                    face(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "event_refused",
                        "内容不合要求",
                        "The event cannot be taken",
                        reason.clone(),
                    ),
                )
            },
            Self::DraftRefused(faults) => {
                let (zh, en) = ("规则草案有误", "The draft of the rules has faults");
                let told = Words::listed(faults);
                let face = face(StatusCode::UNPROCESSABLE_ENTITY, "draft_refused", zh, en, told.en);
                let pointers = faults.iter().map(|fault| Pointer::of("/rules", fault)).collect();
                Face { pointers, ..in_chinese(&told.zh, face) }
            }
            Self::Conflict(detail) => face(
                StatusCode::CONFLICT,
                "conflict",
                "与现有记录冲突",
                "Something else was there first",
                detail.clone(),
            ),
            Self::MethodNotAllowed => face(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "不支持的请求方法",
                "Method not allowed",
                "see /api/openapi.json for the methods of this path".to_owned(),
            ),
            Self::BodyTooLarge { limit } => in_chinese(
                &format!("最多 {limit} 字节；请分批发送"),
                face(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "请求正文过大",
                "The body is too large",
                format!("send at most {limit} bytes; split the batch"),
            ),
            ),
            Self::TooManyEvents { limit } => in_chinese(
                &format!("一次最多 {limit} 条事件；请分批发送"),
                face(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_many_events",
                "单次事件过多",
                "Too many events in one request",
                format!("send at most {limit} events; split the batch"),
            ),
            ),
            Self::MediaTypeUnsupported { found, wanted } => face(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type_unsupported",
                "不支持的内容类型",
                "Unsupported media type",
                format!("`{found}` is not read here; send {wanted}"),
            ),
            Self::Busy => later(
                BUSY_RETRY_SECONDS,
                in_chinese(
                    "这次请求什么都没有写入，稍后再发一次",
                    face(
                    StatusCode::TOO_MANY_REQUESTS,
                    "busy",
                    "排队已满，请稍后重试",
                    "Too many events are waiting",
                    "nothing of this request was kept; send it again later".to_owned(),
                ),
                ),
            ),
            Self::TooManyStreams { limit } => later(
                STREAM_RETRY_SECONDS,
                in_chinese(
                    &format!("一个账号最多同时开 {limit} 个实时连接：请关掉几个，或给每块屏一个密钥"),
                    face(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_streams",
                    "打开的实时连接过多",
                    "Too many live streams are open",
                    format!("an account may have {limit} streams open; close some, or use a key for each screen"),
                ),
                ),
            ),
            Self::StorageFull => later(
                FULL_RETRY_SECONDS,
                in_chinese(
                    "这次请求什么都没有写入；查看不受影响。请腾出磁盘空间后再发",
                    face(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "storage_full",
                    "磁盘空间不足",
                    "The disk is full",
                    "nothing of this request was kept; reading goes on; free disk space, then send it again".to_owned(),
                ),
                ),
            ),
            Self::WriterStopped => in_chinese(
                "查看不受影响；请运维人员查看运行日志",
                face(
                StatusCode::SERVICE_UNAVAILABLE,
                "writer_stopped",
                "写入已停止",
                "The writer of this region has stopped",
                "reading goes on; an operator must look at the log".to_owned(),
            ),
            ),
            Self::OutcomeUnknown => later(
                ASK_AGAIN_SECONDS,
                in_chinese(
                    "请原样再发一次：已写入的事件按编号认作重复",
                    face(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "outcome_unknown",
                    "是否已写入尚不清楚，请重新发送",
                    "Whether it was done is not known",
                    "send the same request again: events that are there already are told as repeats by their ids".to_owned(),
                ),
                ),
            ),
            Self::NotReady => later(
                ASK_AGAIN_SECONDS,
                in_chinese(
                    "写入已停止或数据库没有应答；请稍后再试，仍不行请运维人员查看运行日志",
                    face(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "not_ready",
                    "服务未就绪",
                    "Not ready",
                    "a writer has stopped or the database does not answer; ask again later, and if it lasts, an operator must look at the log".to_owned(),
                ),
                ),
            ),
            Self::Store(_) => in_chinese(
                "原因在运行日志里，按请求编号查找",
                face(
                StatusCode::INTERNAL_SERVER_ERROR,
                "storage",
                "存储故障",
                "The storage failed",
                "the log names the cause under this request id".to_owned(),
            ),
            ),
            Self::Inconsistent(_) => in_chinese(
                "请运行 `jifen replay`；原因在运行日志里，按请求编号查找",
                face(
                StatusCode::INTERNAL_SERVER_ERROR,
                "inconsistent",
                "存储数据不一致",
                "Stored data does not fit together",
                "run `jifen replay`; the log names the cause under this request id".to_owned(),
            ),
            ),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let face = self.face();
        if let Self::Store(cause) | Self::Inconsistent(cause) = &self {
            tracing::error!(code = face.code, cause, "a request failed");
        }
        let body = ProblemBody {
            r#type: format!("urn:jifen:problem:{}", face.code),
            title: face.zh.to_owned(),
            title_en: face.en.to_owned(),
            status: face.status.as_u16(),
            detail: face.detail,
            detail_zh: face.detail_zh,
            code: face.code.to_owned(),
            request_id: request::current_id(),
            pointers: face.pointers,
        };
        let mut response = (face.status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = face.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if face.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"jifen\""));
        }
        response
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Busy => Self::Busy,
            SubmitError::TooLarge => Self::TooManyEvents { limit: crate::writer::BATCH_EVENTS_MAX },
            SubmitError::StorageFull => Self::StorageFull,
            SubmitError::Stopped => Self::WriterStopped,
            SubmitError::Unknown | SubmitError::Elsewhere => Self::OutcomeUnknown,
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full(_) => Self::StorageFull,
            StoreError::Lost(_) | StoreError::Superseded { .. } => Self::OutcomeUnknown,
            StoreError::Unreachable { .. } => Self::NotReady,
            other => Self::Store(other.to_string()),
        }
    }
}
