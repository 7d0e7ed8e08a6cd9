// Satisfaction per person and day: active ratings of level 3 and above; provisional until the day ends.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
09:00 start A001 window 7 by ZhangWei
09:25 end A001
09:26 rate A001 very-satisfied
09:27 rate - satisfied by ZhangWei
09:28 rate - fair by ZhangWei
09:29 rate - 4 by ZhangWei
10:00 login ZhangWei window 7
10:30 rate - 5 window 7 // no service, nobody named: who is signed in
10:40 rate - 1 by ZhangWei mode default // no opinion
11:00 rate - 5 by LiNa
11:00 rate - 5 by LiNa
11:00 rate - 5 by LiNa
11:00 rate - 5 by LiNa // four are too few
---
provisional +10 ZhangWei satisfaction for 2026-11-23
