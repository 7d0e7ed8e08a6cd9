// A year the calendar does not know makes a fact not evaluable, visibly; the notice that comes later mends it.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
calendar office 2026 china week 1111100 hours 09:00-12:00,13:00-17:00
matter M1 promised_days 2 calendar office
matter M2 promised_days 1 calendar nowhere
rules starter
2026-12-31
15:00 accept C1 matter M1 by ZhangWei
09:00 accept C2 matter M1 by ZhangWei due_at 2027-01-04T10:00
2027-01-04
10:00 complete C1 by ZhangWei
11:00 complete C2 by ZhangWei
12:00 accept C3 matter M2 by ZhangWei
13:00 complete C3 by ZhangWei // a calendar nobody knows
2027-01-05
09:00 calendar office 2027 hours 09:00-12:00,13:00-17:00 off_days 2027-01-01
2027-12-31
09:00 accept C4 matter M1 by ZhangWei
2028-01-03
09:30 complete C4 by ZhangWei
09:40 complete C5 by ZhangWei // the others go on
---
#1 -5 ZhangWei decided-late — a due time needs no calendar
#2 +1 ZhangWei decided-early — C1: 2 h + 1 h of 14 h, once 2027 is known; C2: 9 h
unclear case:C4 decided-early calendar_year_unknown:2028
unclear case:C4 decided-late calendar_year_unknown:2028
unclear case:C3 decided-early calendar_unknown:nowhere
unclear case:C3 decided-late calendar_unknown:nowhere
