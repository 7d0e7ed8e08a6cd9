// Completion rate of the cases accepted in the month, per department, of ten or more.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 accept C0 department D1 by ZhangWei
09:01 accept C1 department D1 by ZhangWei
09:02 accept C2 department D1 by ZhangWei
09:03 accept C3 department D1 by ZhangWei
09:04 accept C4 department D1 by ZhangWei
09:05 accept C5 department D1 by ZhangWei
09:06 accept C6 department D1 by ZhangWei
09:07 accept C7 department D1 by ZhangWei
09:08 accept C8 department D1 by ZhangWei
09:09 accept C9 department D1 by ZhangWei
15:00 complete C0 department D2 by LiNa
15:01 complete C1 department D2 by LiNa
15:02 complete C2 department D2 by LiNa
15:03 complete C3 department D2 by LiNa
15:04 complete C4 department D2 by LiNa
15:05 complete C5 department D2 by LiNa
15:06 complete C6 department D2 by LiNa
15:07 complete C7 department D2 by LiNa
15:08 complete C8 department D2 by LiNa
2026-12-02
01:00 period 2026-11 ends
09:00 complete C9 department D1 by LiNa // decided in the next month, of this one's
---
#1 +5 department:D1 completion-rate for 2026-11 on 2026-11-30 facts 10 — 100 %: 9 of 10 gave 0
