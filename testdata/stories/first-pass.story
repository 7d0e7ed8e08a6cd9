// First-time pass over 95 % of at least 20 cases in the month +5.
region Asia/Shanghai
hall H1
department D1 hall H1
window 7 hall H1 department D1
window 8 hall H1 department D1
person ZhangWei department D1 window 7
person LiNa department D1 window 8
rules starter
2026-11-23
10:00 complete C00 by ZhangWei
10:01 complete C01 by ZhangWei
10:02 complete C02 by ZhangWei
10:03 complete C03 by ZhangWei
10:04 complete C04 by ZhangWei
10:05 complete C05 by ZhangWei
10:06 complete C06 by ZhangWei
10:07 complete C07 by ZhangWei
10:08 complete C08 by ZhangWei
10:09 complete C09 by ZhangWei
10:10 complete C10 by ZhangWei
10:11 complete C11 by ZhangWei
10:12 complete C12 by ZhangWei
10:13 complete C13 by ZhangWei
10:14 complete C14 by ZhangWei
10:15 complete C15 by ZhangWei
10:16 complete C16 by ZhangWei
10:17 complete C17 by ZhangWei
10:18 complete C18 by ZhangWei
10:19 complete C19 by ZhangWei
11:00 return C19 by ZhangWei // after its completion: no part of it
11:01 complete C20 by ZhangWei
12:00 complete C21 by ZhangWei
11:59 return C21 by ZhangWei // 21 of 22 = 95.45 %
2026-11-24
10:00 return C22 by ZhangWei
10:01 complete C22 by ZhangWei // 21 of 23
---
