//! Which facts a rule reads: of a kind this program knows, or of a type its file declares.

use std::{borrow::Cow, sync::Arc};

use toml::Spanned;

use crate::{
    both,
    expression::offer,
    fact::{COMMON, Fact, FactKind, FactType, FieldSlot, FieldSpec, fields_of},
};

use super::{check::start, diagnostic::Report};

/// Which facts a rule reads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct On {
    kind: FactKind,
    declared: Option<Arc<FactType>>,
}

impl From<FactKind> for On {
    fn from(kind: FactKind) -> Self {
        Self { kind, declared: None }
    }
}

impl On {
    /// Their kind.
    pub fn kind(&self) -> FactKind {
        self.kind
    }

    /// Their type, where the file declares it.
    pub fn declared(&self) -> Option<&FactType> {
        self.declared.as_deref()
    }

    /// As rule files write it: `service`, `fact:coaching`.
    pub fn name(&self) -> Cow<'static, str> {
        match &self.declared {
            None => Cow::Borrowed(self.kind.name()),
            Some(declared) => Cow::Owned(format!("{}{}", FactType::PREFIX, declared.id)),
        }
    }

    /// Whether a fact is one of them.
    pub fn holds(&self, fact: &Fact) -> bool {
        // PERF: asked of every rule for every fact; nearly all are told apart by their kind.
        fact.kind == self.kind
            && match (&self.declared, &fact.stated) {
                (Some(declared), Some(stated)) => declared.id == stated.fact_type,
                (None, None) => true,
                (None, Some(_)) | (Some(_), None) => false,
            }
    }

    /// Their own fields, in the order of [`Fact::fields`] or of the declaration.
    pub fn fields(&self) -> &[FieldSpec] {
        self.declared.as_ref().map_or_else(|| fields_of(self.kind), |declared| &declared.specs)
    }

    /// Looks a field up.
    pub fn field_named(&self, name: &str) -> Option<(FieldSlot, &FieldSpec)> {
        let own = self.fields().iter().enumerate().find(|(_, spec)| spec.name == name);
        let common = || COMMON.iter().enumerate().find(|(_, spec)| spec.name == name);
        own.map(|(index, spec)| (FieldSlot::Own(index), spec))
            .or_else(|| common().map(|(index, spec)| (FieldSlot::Common(index), spec)))
    }
}

/// Reads `on`; `types` are those the file declares, where nothing is wrong with them.
pub(super) fn check(report: &mut Report<'_>, written: &Spanned<String>, types: Option<&[Arc<FactType>]>) -> Option<On> {
    let text = written.get_ref().as_str();
    if let Some(kind) = FactKind::parse(text) {
        return Some(kind.into());
    }
    let declared = |id: &str| types?.iter().find(|declared| declared.id == id).cloned();
    match text.strip_prefix(FactType::PREFIX) {
        Some(id) if let Some(declared) = declared(id) => {
            Some(On { kind: FactKind::Declared, declared: Some(declared) })
        }
        // What is wrong with the declarations is said there.
        Some(_) if types.is_none() => None,
        _ => {
            let own = types.unwrap_or_default().iter().map(|declared| format!("{}{}", FactType::PREFIX, declared.id));
            let names: Vec<String> = FactKind::ALL.iter().map(|kind| kind.name().to_owned()).chain(own).collect();
            let message = both!(
                "不认识 `{text}`（自定的类型声明在 `[[fact]]` 里，写作 `fact:编号`）",
                "unknown kind of fact `{text}` (types of your own are declared by `[[fact]]` and written `fact:ID`)"
            );
            let message = message.and(&offer(text, &names));
            report.fault(start(written), message);
            None
        }
    }
}
