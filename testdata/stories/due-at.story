// A due time of the case beats the matter's limit, even one before the first event.
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
2026-11-23
09:00 accept C1 matter M1 by ZhangWei due_at 2026-11-23T10:00
10:00 complete C1 by ZhangWei // in time
09:00 accept C2 matter M1 by ZhangWei due_at 2026-11-23T10:00
10:00:00.001 complete C2 by ZhangWei
09:00 accept C3 by ZhangWei due_at 2026-11-20T10:00
11:00 complete C3 by ZhangWei
09:00 accept C4 matter M1 by ZhangWei due_at 2026-11-23T10:00
12:00 extend C4 due_at 2026-11-30T10:00
13:00 complete C4 by ZhangWei
---
#1 +1 ZhangWei decided-early — 1 h of 14 h promised
#2 +1 ZhangWei decided-early
#3 -5 ZhangWei decided-late — 1 ms too late
#4 -5 ZhangWei decided-late — due before it came
#5 +1 ZhangWei decided-early
