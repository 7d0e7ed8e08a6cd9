// Limits run in working time: 9:00–12:00 and 13:00–17:00, holidays out, make-up days in.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
calendar office 2026 china week 1111100 hours 09:00-12:00,13:00-17:00
matter M1 promised_days 2 calendar office
rules starter
2026-09-30
16:00 accept C1 matter M1 by ZhangWei // one hour is left of this day; then the National Day holidays to 7 October
16:00 accept C2 matter M1 by ZhangWei
16:00 accept C3 matter M1 by ZhangWei
2026-10-08
15:00 complete C1 by ZhangWei // 1 h + 5 h + … = 6 h of 14
2026-10-09
16:00 complete C2 by ZhangWei // 1 + 7 + 6 = 14 h: exactly the limit
16:00:00.001 complete C3 by ZhangWei // late
2026-10-10
09:00 accept C4 matter M1 by LiNa // a Saturday worked for the holidays
16:00:00.001 complete C4 by LiNa // 6 h and 1 ms: not within half, not late
2026-10-11
10:00 accept C5 matter M1 by LiNa // a Sunday
22:00 complete C5 by LiNa // no working time at all
---
#1 +1 ZhangWei decided-early — 6 h of 14 h
#2 -5 ZhangWei decided-late — 14 h and 1 ms
#3 +1 LiNa decided-early
#4 +1 LiNa decided-early — 0 h
