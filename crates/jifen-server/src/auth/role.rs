//! Roles by name. What each may is written in `policy.toml` and nowhere else.

macro_rules! roles {
    ($($(#[$doc:meta])+ $variant:ident $name:literal),+ $(,)?) => {
        /// What an account or key is for.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Role {
            $($(#[$doc])+ $variant,)+
        }

        impl Role {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word of `--role`, of `policy.toml` and of the API.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

roles! {
    /// 来源: a system that sends events.
    Source "source",
    /// 大屏: a hall's big screen; sees what everybody in the hall may see.
    Screen "screen",
    /// 无角色: an account that waits for a role.
    None "none",
    /// 规则委员: reads rules and drafts, and approves them with a seat on the committee.
    CommitteeMember "committee_member",
    /// 窗口人员: reads their own points, their place among those next to it, and the sums of their hall.
    Clerk "clerk",
    /// 窗口负责人: also the entries of their window.
    WindowLead "window_lead",
    /// 部门负责人: also the entries of their department.
    DepartmentHead "department_head",
    /// 大厅主任: everything that is read of their hall.
    HallDirector "hall_director",
    /// 数据专员: keeps organisation, rosters and identities, judges holds, mends refused events.
    DataSteward "data_steward",
    /// 工作人员: reads boards and explanations.
    Staff "staff",
    /// 管理人员: also ends and closes periods, judges holds, keeps rosters and identities.
    Manager "manager",
    /// 管理员（一体）: all offices in one hand, for a pilot on one machine; also organisation, rules and settings.
    Administrator "administrator",
    /// 系统管理员: makes accounts, without roles.
    SystemAdministrator "system_administrator",
    /// 安全管理员: grants roles and issues keys.
    SecurityAdministrator "security_administrator",
    /// 审计管理员: reads the audit trail.
    AuditAdministrator "audit_administrator",
}

impl Role {
    /// Parses the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == text)
    }
}
