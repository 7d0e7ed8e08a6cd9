//! What there is to be allowed, by name. `policy.toml` says to whom and over what; every route names one of these (`router.rs`).

macro_rules! permissions {
    ($($variant:ident $name:tt),+ $(,)?) => {
        /// Something that may be allowed.
        #[derive(
            Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        pub enum Permission {
            $(#[doc = concat!("`", $name, "`: see `policy.toml`.")] #[serde(rename = $name)] $variant,)+
        }

        impl Permission {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in `policy.toml`, the OpenAPI document and the API.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

permissions! {
    RegionRead "region.read",
    CatalogueRead "catalogue.read",
    RulesRead "rules.read",
    EffectRead "effect.read",
    SumsRead "sums.read",
    BoardRead "board.read",
    PointsRead "points.read",
    PlaceRead "place.read",
    SubjectSearch "subject.search",
    CaseRead "case.read",
    SuspectRead "suspect.read",
    HallRead "hall.read",
    ScreenRead "screen.read",
    LiveFollow "live.follow",
    QualityRead "quality.read",
    QuarantineRead "quarantine.read",
    EventSend "event.send",
    EventWorld "event.world",
    OrganisationRead "organisation.read",
    OrganisationEdit "organisation.edit",
    AnnouncementRead "announcement.read",
    AnnouncementPlace "announcement.place",
    SettingsEdit "settings.edit",
    PersonForget "person.forget",
    PersonUnmask "person.unmask",
    RosterEdit "roster.edit",
    IdentityDecide "identity.decide",
    HoldJudge "hold.judge",
    ExemptionGrant "exemption.grant",
    QuarantineMend "quarantine.mend",
    PeriodEnd "period.end",
    RulesPublish "rules.publish",
    RulesTry "rules.try",
    SettlementRead "settlement.read",
    DraftPropose "draft.propose",
    DraftApprove "draft.approve",
    DraftOpine "draft.opine",
    CommitteeSeat "committee.seat",
    SessionOwn "session.own",
    SessionRead "session.read",
    FactorOwn "factor.own",
    AccountRead "account.read",
    AccountManage "account.manage",
    RoleGrant "role.grant",
    RoleAcknowledge "role.acknowledge",
    ClosingApprove "closing.approve",
    ApprovalRead "approval.read",
    KeyRead "key.read",
    KeyAsk "key.ask",
    KeyIssue "key.issue",
    UnmaskApprove "unmask.approve",
    CorrectionAsk "correction.ask",
    CorrectionApprove "correction.approve",
    AuditRead "audit.read",
    SpaceRead "space.read",
    MetricsRead "metrics.read",
}

impl Permission {
    /// The permission of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.name() == name)
    }

    /// What an account does about itself, before its given password is changed too; no key has one.
    pub(super) fn is_of_oneself(self) -> bool {
        matches!(self, Self::SessionOwn | Self::SessionRead | Self::FactorOwn)
    }

    /// What a person does in their own name: no key may.
    pub(super) fn is_personal(self) -> bool {
        matches!(
            self,
            Self::DraftPropose
                | Self::DraftApprove
                | Self::RoleAcknowledge
                | Self::ClosingApprove
                | Self::UnmaskApprove
                | Self::CorrectionAsk
                | Self::CorrectionApprove
        )
    }
}
