//! The catalogue of event types: what happened in the world or was decided by people, and which members each may carry.

use super::member::*;

/// How an event takes part in the pipeline.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Family {
    /// Folded under the `service` key.
    Service,
    /// Folded under the `case` key.
    Case,
    /// Folded with the service or case it names, else alone.
    Rating,
    /// A fact of its own.
    Single,
    /// Who sits where.
    Presence,
    /// Kept; nothing reads it yet.
    Kept,
    /// Organisation, rosters, identities, calendars, settings.
    Organisation,
    /// Rules, periods, holds: decisions of people.
    Decision,
    /// Written by the engine's own writer.
    Engine,
}

/// One event type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeSpec {
    /// The type.
    pub kind: EventType,
    /// Name in CloudEvents, `jifen.…`.
    pub name: &'static str,
    /// How it takes part.
    pub family: Family,
    /// Members that must be there.
    pub required: &'static [MemberId],
    /// Members that may be there.
    pub optional: &'static [MemberId],
    /// Chinese meaning.
    pub zh: &'static str,
    /// English meaning.
    pub en: &'static str,
}

macro_rules! types {
    ($($number:literal $variant:ident $name:literal $family:ident [$($required:expr),*] [$($optional:expr),*] $zh:literal $en:literal;)*) => {
        /// An event's type; its number in canonical bytes is never reused.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, minicbor::Encode, minicbor::Decode)]
        #[cbor(index_only)]
        pub enum EventType {
            $(#[doc = $en] #[n($number)] $variant,)*
        }

        /// Every type, by number.
        pub const TYPES: &[TypeSpec] = &[$(TypeSpec {
            kind: EventType::$variant,
            name: concat!("jifen.", $name),
            family: Family::$family,
            required: &[$($required),*],
            optional: &[$($optional),*],
            zh: $zh,
            en: $en,
        },)*];
    };
}

types! {
    0 QueueTaken "queue.taken" Service [SERVICE] [HALL, ZONE, MATTER, DEPARTMENT, WINDOW, CHANNEL, PRIORITY, CASE, CUSTOMER, DEVICE] "取号" "a queue number was taken";
    1 QueueJoined "queue.joined" Service [SERVICE] [HALL, ZONE, MATTER, DEPARTMENT, WINDOW, CHANNEL, PRIORITY, CASE] "开始排队" "joined the queue";
    2 QueueCalled "queue.called" Service [SERVICE] [HALL, WINDOW, PERSON, MATTER, DEPARTMENT, CASE] "叫号" "called to a window";
    3 QueueRecalled "queue.recalled" Service [SERVICE] [HALL, WINDOW, PERSON] "重呼" "called again";
    4 QueueNoShow "queue.no_show" Service [SERVICE] [HALL, WINDOW, PERSON] "过号" "did not come";
    5 QueueAbandoned "queue.abandoned" Service [SERVICE] [HALL, WINDOW, MATTER, DEPARTMENT, CHANNEL, REASON] "弃号" "left without service";
    6 QueueTransferred "queue.transferred" Service [SERVICE] [HALL, WINDOW, PERSON, TO_WINDOW, MATTER, DEPARTMENT, REASON] "转号" "passed on to another window";
    7 WindowOpened "window.opened" Kept [WINDOW] [HALL, PERSON, DEPARTMENT] "窗口开放" "a window opened";
    8 WindowPaused "window.paused" Kept [WINDOW] [HALL, PERSON, REASON] "窗口暂停" "a window paused";
    9 WindowClosed "window.closed" Kept [WINDOW] [HALL, PERSON, REASON] "窗口关闭" "a window closed";
    10 OperatorLogin "operator.login" Presence [WINDOW, PERSON] [HALL, DEVICE] "登录窗口" "a person signed in at a window";
    11 OperatorLogout "operator.logout" Presence [WINDOW] [HALL, PERSON, DEVICE] "退出窗口" "a person signed out of a window";
    12 ServiceStarted "service.started" Service [SERVICE] [HALL, WINDOW, PERSON, DEPARTMENT, MATTER, CHANNEL, CASE, ACTIVITY, CUSTOMER] "开始办理" "a counter service began";
    13 ServiceHeld "service.held" Service [SERVICE] [WINDOW, PERSON, REASON] "暂停办理" "a counter service was put on hold";
    14 ServiceResumed "service.resumed" Service [SERVICE] [WINDOW, PERSON] "继续办理" "a counter service went on";
    15 ServiceEnded "service.ended" Service [SERVICE] [HALL, WINDOW, PERSON, DEPARTMENT, MATTER, CHANNEL, CASE, ACTIVITY, SHARES, OUTCOME] "结束办理" "a counter service ended";
    16 CaseAccepted "case.accepted" Case [CASE] [PARENT, HALL, WINDOW, PERSON, OWNER, DEPARTMENT, MATTER, CHANNEL, DUE_AT, CUSTOMER, VISIT, SERVICE] "受理" "a case was accepted";
    17 CaseAssigned "case.assigned" Case [CASE] [PARENT, PERSON, OWNER, WINDOW, DEPARTMENT, HALL, MATTER, CHANNEL, DUE_AT, OFFICE, ACTIVITY] "分派" "a case was assigned";
    18 CaseStep "case.step" Case [CASE] [PARENT, ACTIVITY, PERSON, OWNER, WINDOW, DEPARTMENT, HALL, MATTER, CHANNEL, DUE_AT, OFFICE, VISIT, SHARES] "环节" "a step of a case";
    19 CaseSupplementAsked "case.supplement_asked" Case [CASE] [PERSON, WINDOW, DEPARTMENT, HALL, FAULT, REASON, OFFICE, ACTIVITY] "要求补正" "more papers were asked for";
    20 CaseSuspended "case.suspended" Case [CASE] [PERSON, WINDOW, DEPARTMENT, HALL, REASON] "挂起" "the clock of a case was stopped";
    21 CaseResumed "case.resumed" Case [CASE] [PERSON, WINDOW, DEPARTMENT, HALL, REASON] "恢复" "the clock of a case went on";
    22 CaseExtended "case.extended" Case [CASE] [PERSON, WINDOW, DEPARTMENT, HALL, REASON, EXTENSION_MS, DUE_AT] "延期" "the limit of a case was extended";
    23 CaseReturned "case.returned" Case [CASE] [PARENT, ACTIVITY, PERSON, OWNER, WINDOW, DEPARTMENT, HALL, MATTER, CHANNEL, DUE_AT, FAULT, REASON, OFFICE] "退件" "a case was returned";
    24 CaseWithdrawn "case.withdrawn" Case [CASE] [PERSON, WINDOW, DEPARTMENT, HALL, REASON] "撤回" "the applicant withdrew";
    25 CaseDeclined "case.declined" Case [CASE] [PERSON, WINDOW, DEPARTMENT, HALL, REASON, FAULT] "不予受理或不予许可" "a case was declined";
    26 CaseCompleted "case.completed" Case [CASE] [PARENT, PERSON, OWNER, WINDOW, DEPARTMENT, HALL, MATTER, CHANNEL, DUE_AT, OUTCOME, SHARES, ACTIVITY] "办结" "a case was completed";
    27 MaterialReceived "material.received" Case [CASE, MATERIAL] [ORIGIN, PERSON, WINDOW, DEPARTMENT, HALL, VISIT, FAULT] "收取材料" "a paper was received";
    28 RatingSubmitted "rating.submitted" Rating [LEVEL] [SERVICE, CASE, PERSON, WINDOW, DEPARTMENT, HALL, MATTER, MODE, CHANNEL, DEVICE, TAGS, COMMENT, PHONE] "评价" "a citizen rated";
    29 ComplaintFiled "complaint.filed" Single [] [SERVICE, CASE, PERSON, WINDOW, DEPARTMENT, HALL, MATTER, CHANNEL, CATEGORY, CONFIRMED, COMMENT, PHONE] "投诉" "a complaint was filed";
    30 DataShared "data.shared" Single [PROVIDER, RECEIVER] [PROVIDER_PERSON, RECEIVER_PERSON, ITEM, CASE, HALL, MATTER, MATERIAL] "数据共享" "data was shared instead of a paper";
    31 SuggestionAdopted "suggestion.adopted" Single [PERSON] [DEPARTMENT, WINDOW, HALL, ADOPTION, TITLE] "建议采纳" "a suggestion was adopted";
    32 SystemOutage "system.outage" Kept [FROM, TO] [SYSTEM, HALL, DEPARTMENT, WINDOW, REASON] "系统故障" "a system failed";
    33 OrganisationRegion "organisation.region" Organisation [] [REGION, NAME, TIME_ZONE, SUSPICION_MIN_MS, SUSPICION_MAX_MS, SATISFIED_LEVEL, CALENDAR, RANK_FACTS_MIN, SIMULATED, WAIT_PROMISED_MS, STALLED_MS, NEAR_DUE_MS, PUBLIC, APPROVALS_MIN, APPROVAL_KINDS_MIN, NOTICE_DAYS] "区划及设置" "the region and its settings";
    34 OrganisationHall "organisation.hall" Organisation [HALL] [NAME] "大厅" "a hall";
    35 OrganisationDepartment "organisation.department" Organisation [DEPARTMENT] [NAME, HALL] "部门" "a department";
    36 OrganisationWindow "organisation.window" Organisation [WINDOW] [NAME, HALL, DEPARTMENT, ZONE] "窗口" "a window";
    37 OrganisationMatter "organisation.matter" Organisation [MATTER] [NAME, DEPARTMENT, PROMISED_MS, PROMISED_DAYS, STATUTORY_DAYS, STANDARD_MS, CALENDAR] "事项" "a matter";
    38 OrganisationPerson "organisation.person" Organisation [PERSON] [KIND, PERSON_NAME, PHONE, DEPARTMENT, WINDOW, HALL, ROLE] "人员" "a person or system account";
    39 OrganisationCalendar "organisation.calendar" Organisation [CALENDAR, YEAR] [OFF_DAYS, WORK_DAYS, WEEK, HOURS, NAME] "工作日历" "one year of a work calendar";
    40 RosterAssigned "roster.assigned" Organisation [PERSON, WINDOW, FROM] [TO, ROLE, HALL] "排班" "a person was assigned to a window";
    41 RosterUnassigned "roster.unassigned" Organisation [PERSON, WINDOW, FROM] [HALL] "撤销排班" "an assignment ended at `from`";
    42 ActorIdentified "actor.identified" Organisation [ACTOR] [PERSON, KIND, PERSON_NAME] "认定编号" "a code was identified as a person or system account";
    43 RulesetPublished "ruleset.published" Decision [RULES] [EFFECTIVE_FROM, APPROVAL, REASON, DRAFT] "规则集公布" "a rule set was published";
    44 PeriodEnded "period.ended" Decision [PERIOD] [REASON] "周期结束" "a period ended: its awards are posted";
    45 PeriodClosed "period.closed" Decision [PERIOD] [REASON] "月份关账" "an accounting month was closed";
    46 HoldPlaced "hold.placed" Decision [FACT] [SERVICE, CASE, FACT_DIGEST, REASON] "存疑" "a fact was put on hold";
    47 HoldReleased "hold.released" Decision [FACT] [SERVICE, CASE, FACT_DIGEST, REASON] "存疑放行" "a held fact was released";
    48 HoldDiscarded "hold.discarded" Decision [FACT] [SERVICE, CASE, FACT_DIGEST, REASON] "存疑作废" "a held fact was discarded";
    49 RecalculationStep "recalculation.step" Engine [INTENT] [] "重算" "one step of a recalculation";
    50 EngineAdopted "engine.adopted" Engine [SEMANTICS] [REASON] "采用引擎语义" "a semantics number was adopted";
    51 AttendanceRecorded "attendance.recorded" Single [PERSON, CATEGORY] [DURATION_MS, HALF_DAYS, EXCUSED, WINDOW, DEPARTMENT, HALL, NOTE] "考勤" "attendance: somebody was late, absent, on leave …";
    52 FindingRecorded "finding.recorded" Single [CATEGORY] [PERSON, WINDOW, DEPARTMENT, HALL, MATTER, GRADE, QUANTITY, CONFIRMED, REFERENCE, NOTE] "检查、通报、奖惩" "what an inspection, a notice or an award found";
    53 CommitteeMember "organisation.committee_member" Organisation [ACCOUNT, SEAT] [FROM, TO] "规则委员" "a seat on the rule committee was given to an account, or its term changed";
    54 RulesetDrafted "ruleset.drafted" Decision [RULES, EFFECTIVE_FROM, WHATIF] [DRAFT, REASON] "规则草案提出" "a draft of a rule set was put up, maybe in another's place";
    55 RulesetApproved "ruleset.approved" Decision [DRAFT] [REASON] "规则草案赞成" "a member of the committee approved a draft";
    56 ApprovalWithdrawn "ruleset.approval_withdrawn" Decision [DRAFT] [REASON] "规则草案撤回赞成" "a member took the approval back";
    57 DraftWithdrawn "ruleset.draft_withdrawn" Decision [DRAFT] [REASON] "规则草案撤回" "a draft was withdrawn";
    58 OpinionGiven "ruleset.opinion_given" Decision [DRAFT, OPINION] [] "规则草案意见" "somebody gave an opinion on a draft";
    59 ExemptionGranted "exemption.granted" Organisation [EXEMPTION, CATEGORY, FROM, TO] [HALL, DEPARTMENT, WINDOW, MATTER, PERSON, REASON] "免责" "deductions of some rules are not made in a span and scope; another event under the same code takes its place";
    60 ExemptionWithdrawn "exemption.withdrawn" Organisation [EXEMPTION] [REASON] "撤销免责" "an exemption was taken back, for its whole span";
    61 PostAssigned "post.assigned" Organisation [PERSON, POST, FROM] [TO, WINDOW, DEPARTMENT, HALL, REASON] "任职" "a person holds a post of a window, department or hall, such as its chief representative";
    62 PostUnassigned "post.unassigned" Organisation [PERSON, POST, FROM] [WINDOW, DEPARTMENT, HALL, REASON] "免职" "a person holds a post no longer, from `from` on";
    63 FactRecorded "fact.recorded" Single [FACT_TYPE] [PERSON, WINDOW, DEPARTMENT, HALL, MATTER, CHANNEL, FIELDS, NOTE] "自定事实" "a fact of a type that a rule set of the region declares";
    64 LeaveGranted "leave.granted" Organisation [LEAVE, PERSON, CATEGORY, FROM, TO] [NOTE] "请假" "somebody is on leave in a span; another event under the same code takes its place";
    65 LeaveWithdrawn "leave.withdrawn" Organisation [LEAVE] [NOTE] "撤销请假" "a leave was taken back, for its whole span";
}

impl EventType {
    /// The type's table row.
    pub fn spec(self) -> &'static TypeSpec {
        &TYPES[self as usize]
    }

    /// The type named `jifen.…`.
    pub fn parse(name: &str) -> Option<Self> {
        TYPES.iter().find(|spec| spec.name == name).map(|spec| spec.kind)
    }
}

impl TypeSpec {
    /// The member called `name`, if this type may carry it.
    pub fn member(&self, name: &str) -> Option<&'static Member> {
        self.required.iter().chain(self.optional).map(|id| id.spec()).find(|member| member.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_members_named_once() {
        for (index, spec) in TYPES.iter().enumerate() {
            assert_eq!(spec.kind as usize, index, "{}", spec.name);
            assert_eq!(EventType::parse(spec.name), Some(spec.kind));
            let mut members: Vec<_> = spec.required.iter().chain(spec.optional).collect();
            let count = members.len();
            members.sort();
            members.dedup();
            assert_eq!(members.len(), count, "{}", spec.name);
        }
    }
}
