// The clock of a suspended case stands; an extension moves the limit.
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
09:00 accept C1 matter M1 by ZhangWei
10:00 suspend C1 reason "expert review"
2026-12-04
16:00 resume-case C1
2026-12-04
16:30 complete C1 by ZhangWei // 1.5 h
2026-11-23
09:00 accept C2 matter M1 by ZhangWei
2026-11-24
09:00 extend C2 extension_ms 2h
2026-11-25
11:00 complete C2 by ZhangWei // 7 + 7 + 2 = 16 h of 14 + 2
11:00 accept C3 matter M1 by ZhangWei
11:00 suspend C3
2026-12-25
17:00 complete C3 by ZhangWei // nobody resumed it
---
#1 +1 ZhangWei decided-early
#2 +1 ZhangWei decided-early
