//! Expressions of rule files, compiled over the fields of the facts they read.

use toml::Spanned;

use crate::{
    expression::{Expression, Type},
    language::Words,
};

use super::{On, check::start, diagnostic::Report, facts::FactSchema};

/// The compiled expression of a key; `None` after a fault.
pub(super) fn compile(
    report: &mut Report<'_>,
    on: &On,
    key: &str,
    written: &Spanned<String>,
    kind: Type,
) -> Option<Expression> {
    compile_as(report, on, key, written, &[kind])
}

/// The compiled expression of a key that compares or adds up: a whole number or a decimal.
pub(super) fn compile_number(
    report: &mut Report<'_>,
    on: &On,
    key: &str,
    written: &Spanned<String>,
) -> Option<Expression> {
    compile_as(report, on, key, written, &[Type::Integer, Type::Decimal])
}

fn compile_as(
    report: &mut Report<'_>,
    on: &On,
    key: &str,
    written: &Spanned<String>,
    kinds: &[Type],
) -> Option<Expression> {
    let text = written.get_ref();
    match Expression::compile(text, &FactSchema(on)) {
        Ok(expression) if kinds.contains(&expression.kind()) => Some(expression),
        Ok(expression) => {
            let (wanted, found) = (kinds.first()?.words(), expression.kind().words());
            let message = Words::new(
                format!("`{key}` 须是{}，`{text}` 是{}", wanted.zh, found.zh),
                format!("`{key}` must be {wanted}, `{text}` is {found}"),
            );
            report.fault(start(written), message);
            None
        }
        Err(error) => {
            report.expression_fault(written.span(), text, &error);
            None
        }
    }
}

/// Like [`compile`] for a key that may be missing: `Some(None)` when it is.
pub(super) fn compile_optional(
    report: &mut Report<'_>,
    on: &On,
    key: &str,
    written: Option<&Spanned<String>>,
    kind: Type,
) -> Option<Option<Expression>> {
    written.map_or(Some(None), |written| compile(report, on, key, written, kind).map(Some))
}
