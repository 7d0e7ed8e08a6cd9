//! What is wrong with proving who one is: the second step of signing in, proving it again, a password that proves nothing.

use axum::http::StatusCode;
use jifen_core::language::Words;

use super::{Face, Pointer};
use crate::auth::Reason;

/// Why somebody has not proved who they are.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProofProblem {
    /// The password is right; the account has a second factor, and no code came.
    CodeNeeded,
    /// Another code, or one that was used.
    CodeWrong,
    /// Wrong codes, too often.
    TooOften {
        /// Seconds until the next attempt.
        seconds: u32,
    },
    /// Proved too long ago for what was asked.
    Needed,
    /// Another name, secret or signature, or something else was signed.
    SignatureWrong,
    /// Signed too long ago, or by a clock too far ahead.
    SignatureStale {
        /// The server's time.
        now: String,
    },
    /// Its nonce came before.
    SignatureReplayed,
    /// The provider cannot be reached, or answers what cannot be used.
    ProviderSilent,
    /// The password is none that is kept here, and the directory cannot be reached.
    DirectorySilent,
    /// What the provider answered does not count.
    ProviderRefused,
    /// The provider says who it is, and no account here is theirs.
    NoAccount,
    /// An administrator's account: it signs in here and not by systems outside.
    HereOnly,
    /// A password that may not be chosen.
    PasswordWeak(Reason),
}

impl ProofProblem {
    pub(super) fn face(&self) -> Face {
        let (status, code, zh, en, detail_zh, detail) = match self {
            Self::CodeNeeded => (
                StatusCode::UNAUTHORIZED,
                "code_needed",
                "还需要动态验证码",
                "A code is needed too",
                "密码正确；请连同验证器上的 6 位动态码或一个恢复码再登录一次".to_owned(),
                "the password is right; sign in again with `code`: six digits of the authenticator, or a recovery code".to_owned(),
            ),
            Self::CodeWrong => (
                StatusCode::UNAUTHORIZED,
                "code_wrong",
                "动态验证码不对或已用过",
                "Another code, or one that was used",
                "请等验证器换出下一个码再试；请核对设备的时间；恢复码只能用一次".to_owned(),
                "wait for the authenticator's next code; check the device's clock; a recovery code counts once".to_owned(),
            ),
            Self::TooOften { seconds } => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_codes",
                "动态验证码连续输错，请稍后再试",
                "Too many wrong codes",
                format!("没有核对验证码，{seconds} 秒后再试"),
                format!("the code was not looked at; try again in {seconds} s"),
            ),
            Self::Needed => (
                StatusCode::FORBIDDEN,
                "proof_needed",
                "请再验证一次身份",
                "Prove again who you are",
                "这一步需要 15 分钟内验证过的身份：用动态验证码，没有启用的用密码，再试一次".to_owned(),
                "this takes a proof of the last 15 minutes: `POST /api/v1/sessions/current/proof` with a code, or the password where there is no second factor; then try again".to_owned(),
            ),
            Self::SignatureWrong => (
                StatusCode::UNAUTHORIZED,
                "signature_wrong",
                "签名不对",
                "The signature does not fit",
                "名称、秘密、签名或所签的内容不对；写法见 docs/signing.md".to_owned(),
                "another name, secret or signature, or something else was signed; docs/signing.md says how".to_owned(),
            ),
            Self::SignatureStale { now } => (
                StatusCode::UNAUTHORIZED,
                "signature_stale",
                "签名已过时",
                "The signature is too old, or of a clock too far ahead",
                format!("服务器的时间是 {now}；相差不得超过 5 分钟"),
                format!("the server's time is {now}; five minutes off at most"),
            ),
            Self::SignatureReplayed => (
                StatusCode::UNAUTHORIZED,
                "signature_replayed",
                "这个签名已用过",
                "This signature came before",
                "重发请换 nonce 和时间重新签名".to_owned(),
                "to send again, sign again with another nonce and time".to_owned(),
            ),
            Self::ProviderSilent => (
                StatusCode::SERVICE_UNAVAILABLE,
                "provider_silent",
                "统一身份认证暂时不可用",
                "The identity provider cannot be used now",
                "请过一会儿再试，或用账号和密码登录；管理员可查看服务器日志".to_owned(),
                "try again later, or sign in with a password; the server's log says why".to_owned(),
            ),
            Self::DirectorySilent => (
                StatusCode::SERVICE_UNAVAILABLE,
                "directory_silent",
                "目录服务暂时不可用",
                "The directory cannot be used now",
                "用目录密码的账号请过一会儿再试；密码存在本系统的账号仍可登录，请核对密码".to_owned(),
                "accounts with the directory's password: try again later; with a password kept here: check it and try again".to_owned(),
            ),
            Self::ProviderRefused => (
                StatusCode::UNAUTHORIZED,
                "provider_refused",
                "统一身份认证的结果无效",
                "The identity provider's answer does not count",
                "结果已用过、已过时，或不是在这个浏览器里发起的：请从登录页重新开始；仍不成功请找管理员看审计记录".to_owned(),
                "it was used, is too old, or was begun in another browser: start again at the sign-in page; if that fails, the trail says why".to_owned(),
            ),
            Self::NoAccount => (
                StatusCode::UNAUTHORIZED,
                "no_account",
                "这里没有您的账号",
                "There is no account of yours here",
                "统一身份认证通过，但没有对应的账号；请管理员新增账号并授予角色".to_owned(),
                "the provider knows you, but no account has that name; ask an administrator for one and for a role".to_owned(),
            ),
            Self::HereOnly => (
                StatusCode::FORBIDDEN,
                "here_only",
                "管理员账号只能用密码在这里登录",
                "Administrators sign in here, with a password",
                "三员和管理员不经外部系统登录；请用密码和动态验证码".to_owned(),
                "officers and administrators do not sign in by systems outside; use the password and a code".to_owned(),
            ),
            Self::PasswordWeak(Reason { zh, en }) => (
                StatusCode::BAD_REQUEST,
                "password_weak",
                "请换一个密码",
                "Choose another password",
                (*zh).to_owned(),
                (*en).to_owned(),
            ),
        };
        let pointers = match self {
            Self::PasswordWeak(reason) => {
                vec![Pointer::of("/new", &Words::new(reason.zh, reason.en))]
            }
            _ => Vec::new(),
        };
        let retry_after = if let Self::TooOften { seconds } = self { Some(*seconds) } else { None };
        Face { status, code, zh, en, detail, detail_zh: Some(detail_zh), pointers, retry_after }
    }
}
