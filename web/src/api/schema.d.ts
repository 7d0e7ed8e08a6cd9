/**
 * Written by hand in the shape openapi-typescript gives, until docs/openapi.json exists;
 * then `npm run gen` replaces this file. Names used elsewhere are only those of ./types.ts.
 */

export interface paths {
    "/api/v1/region": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: operations["region"];
        put?: never; post?: never; delete?: never; options?: never; head?: never; patch?: never; trace?: never;
    };
    "/api/v1/leaderboard": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: operations["leaderboard"];
        put?: never; post?: never; delete?: never; options?: never; head?: never; patch?: never; trace?: never;
    };
    "/api/v1/subjects/{kind}/{code}": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: operations["subject"];
        put?: never; post?: never; delete?: never; options?: never; head?: never; patch?: never; trace?: never;
    };
    "/api/v1/entries": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: operations["entries"];
        put?: never; post?: never; delete?: never; options?: never; head?: never; patch?: never; trace?: never;
    };
    "/api/v1/entries/{region}/{position}": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: operations["explanation"];
        put?: never; post?: never; delete?: never; options?: never; head?: never; patch?: never; trace?: never;
    };
    "/api/v1/search": {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        get: operations["search"];
        put?: never; post?: never; delete?: never; options?: never; head?: never; patch?: never; trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Problem: {
            type: string;
            title: string;
            title_en: string;
            /** Format: int32 */
            status: number;
            detail?: string | null;
            code: string;
            request_id?: string | null;
            pointers?: components["schemas"]["Pointer"][];
        };
        Pointer: {
            pointer: string;
            detail: string;
        };
        /** @enum {string} */
        SubjectKind: "person" | "window" | "department" | "hall";
        /** @enum {string} */
        ActorKind: "person" | "system" | "unknown";
        /** @enum {string} */
        EntryKind: "award" | "reversal" | "adjustment" | "clamp";
        Region: {
            code: string;
            name: string;
            time_zone: string;
            /** Format: int64 */
            head_position: number;
            simulated: boolean;
            without_approval: boolean;
            recalculating: boolean;
            /** Format: date */
            first_date: string | null;
            /** Format: date */
            last_date: string | null;
            halls: components["schemas"]["Hall"][];
            dimensions: components["schemas"]["Dimension"][];
            rules: components["schemas"]["RuleSummary"][];
            key: components["schemas"]["KeyHolder"];
        };
        Hall: {
            code: string;
            name: string;
        };
        Dimension: {
            code: string;
            zh: string;
            en: string;
        };
        RuleSummary: {
            id: string;
            title: string;
            title_en: string;
            dimension: string;
            subject: components["schemas"]["SubjectKind"];
            period: string | null;
            sentence_zh: string;
            sentence_en: string;
        };
        KeyHolder: {
            name: string;
            /** @enum {string} */
            role: "source" | "staff" | "manager" | "administrator";
        };
        DimensionPoints: {
            efficiency: string;
            quality: string;
            innovation: string;
            collaboration: string;
        };
        Leaderboard: {
            region: string;
            subject: components["schemas"]["SubjectKind"];
            period: string;
            /** Format: int64 */
            as_of_position: number;
            items: components["schemas"]["LeaderboardItem"][];
            next: string | null;
        };
        LeaderboardItem: {
            /** Format: int64 */
            rank: number | null;
            subject: string;
            name: string;
            actor_kind: components["schemas"]["ActorKind"] | null;
            window: string | null;
            department: string | null;
            points: string;
            own_points: string;
            members_points: string;
            posted: string;
            provisional: string;
            /** Format: int64 */
            facts: number;
            /** Format: int64 */
            services: number;
            points_per_service: string | null;
            sufficient: boolean;
            dimensions: components["schemas"]["DimensionPoints"];
        };
        Subject: {
            region: string;
            kind: components["schemas"]["SubjectKind"];
            code: string;
            name: string;
            actor_kind: components["schemas"]["ActorKind"] | null;
            period: string;
            /** Format: int64 */
            as_of_position: number;
            /** Format: int64 */
            rank: number | null;
            points: string;
            own_points: string;
            members_points: string;
            posted: string;
            provisional: string;
            /** Format: int64 */
            facts: number;
            /** Format: int64 */
            services: number;
            points_per_service: string | null;
            sufficient: boolean;
            dimensions: components["schemas"]["DimensionPoints"];
            rules: components["schemas"]["SubjectRule"][];
            trend: components["schemas"]["TrendPoint"][];
            rule_changes: components["schemas"]["RuleChange"][];
        };
        SubjectRule: {
            rule: string;
            title: string;
            title_en: string;
            dimension: string;
            points: string;
            posted: string;
            provisional: string;
            /** Format: int64 */
            facts: number;
        };
        TrendPoint: {
            /** Format: date */
            date: string;
            points: string;
        };
        RuleChange: {
            /** Format: date */
            date: string;
            set: string;
            version: string;
            title: string;
        };
        EntryList: {
            items: components["schemas"]["Entry"][];
            next: string | null;
        };
        Entry: {
            region: string;
            /** Format: int64 */
            position: number;
            kind: components["schemas"]["EntryKind"];
            rule: string;
            rule_title: string;
            rule_title_en: string;
            dimension: string;
            version: string;
            /** Format: int64 */
            band: number | null;
            subject_kind: components["schemas"]["SubjectKind"];
            subject: string;
            subject_name: string;
            points: string;
            /** Format: date */
            business_date: string;
            booked_month: string;
            anchor: string;
            /** @enum {string} */
            anchor_kind: "fact" | "period";
            person: string | null;
            window: string | null;
            department: string | null;
            hall: string | null;
            /** Format: int64 */
            reverses: number | null;
            digest: string;
            fact_kind: string | null;
        };
        Explanation: {
            entry: components["schemas"]["Entry"];
            rule: components["schemas"]["ExplainedRule"];
            measure: components["schemas"]["Measure"] | null;
            facts: components["schemas"]["Fact"][];
            /** Format: int64 */
            facts_total: number;
            facts_next: string | null;
            /** Format: int64 */
            reversed_by: number | null;
            related: components["schemas"]["Entry"][];
            checks: components["schemas"]["Checks"];
        };
        ExplainedRule: {
            id: string;
            title: string;
            title_en: string;
            dimension: string;
            sentence_zh: string;
            sentence_en: string;
            set: string;
            set_title: string;
            version: string;
            /** Format: date */
            effective_from: string | null;
            /** Format: date */
            effective_to: string | null;
            without_approval: boolean;
            bands: components["schemas"]["Band"][];
        };
        Band: {
            /** Format: int64 */
            index: number;
            zh: string;
            en: string;
            points: string;
            chosen: boolean;
        };
        Measure: {
            zh: string;
            en: string;
            value: string;
            unit: string;
        };
        Fact: {
            id: string;
            kind: string;
            digest: string;
            /** Format: date-time */
            occurred_at: string;
            /** Format: date */
            date: string;
            matter: string | null;
            channel: string | null;
            person: string | null;
            person_name: string | null;
            window: string | null;
            department: string | null;
            hall: string | null;
            held: string | null;
            fields: components["schemas"]["FactField"][];
            events: components["schemas"]["SourceEvent"][];
        };
        FactField: {
            name: string;
            zh: string;
            en: string;
            /** @enum {string} */
            type: "integer" | "boolean" | "text";
            duration: boolean;
            value: string | null;
            not_evaluable: string | null;
        };
        SourceEvent: {
            /** Format: int64 */
            position: number;
            source: string;
            id: string;
            type: string;
            /** Format: date-time */
            time: string;
            /** Format: date-time */
            received_at: string;
            digest: string;
            data: {
                [key: string]: unknown;
            };
        };
        Checks: {
            entry_digest: boolean;
            facts_digest: boolean;
            records: boolean;
        };
        SearchList: {
            items: components["schemas"]["SearchItem"][];
        };
        SearchItem: {
            /** @enum {string} */
            kind: "person" | "window" | "department" | "hall" | "case";
            code: string;
            name: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    region: {
        parameters: { query?: never; header?: never; path?: never; cookie?: never };
        requestBody?: never;
        responses: {
            200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Region"] } };
            401: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } };
        };
    };
    leaderboard: {
        parameters: {
            query: {
                region?: string;
                subject: components["schemas"]["SubjectKind"];
                period: string;
                rule?: string;
                dimension?: string;
                min_facts?: number;
                cursor?: string;
                limit?: number;
                format?: "json" | "csv";
            };
            header?: never; path?: never; cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Leaderboard"] } };
            400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } };
        };
    };
    subject: {
        parameters: {
            query: { period: string };
            header?: never;
            path: { kind: components["schemas"]["SubjectKind"]; code: string };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Subject"] } };
            404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } };
        };
    };
    entries: {
        parameters: {
            query?: {
                subject_kind?: components["schemas"]["SubjectKind"];
                subject?: string;
                period?: string;
                rule?: string;
                dimension?: string;
                cursor?: string;
                limit?: number;
            };
            header?: never; path?: never; cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["EntryList"] } };
            400: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } };
        };
    };
    explanation: {
        parameters: {
            query?: { cursor?: string; limit?: number };
            header?: never;
            path: { region: string; position: number };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["Explanation"] } };
            404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } };
        };
    };
    search: {
        parameters: { query: { q: string }; header?: never; path?: never; cookie?: never };
        requestBody?: never;
        responses: {
            200: { headers: { [name: string]: unknown }; content: { "application/json": components["schemas"]["SearchList"] } };
            404: { headers: { [name: string]: unknown }; content: { "application/problem+json": components["schemas"]["Problem"] } };
        };
    };
}
