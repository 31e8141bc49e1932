// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each breaks one rule, and ./verify expects the property that is named with it to fail:
 * mutation, number, property, moves.
 */
#define SOURCE_NEVER_WAITS		1	/* never_doubled 1 */
#define SOURCE_KEEPS_WHEN_OUT		2	/* never_doubled 1 */
#define SOURCE_LOSES_PATIENCE		3	/* never_doubled 1 */
#define DESTINATION_NEVER_WAITS		4	/* never_doubled 1 */
#define SOURCE_HEARS_WHO_IS_OUT		5	/* never_lost 1 */
#define DESTINATION_GIVES_UP		6	/* never_lost 1 */
#define GO_LOST				7	/* never_lost 1 */
#define SOURCE_ASKS_WHO_IS_OUT		8	/* never_lost 1 */
#define DESTINATION_SERVES_WHO_IS_OUT	9	/* waits_end 1 */
#define REFUSAL_UNHEARD			10	/* refused_stays 1 */
#define HOME_DOES_NOT_ASK		11	/* home_knows 1 */
#define HOME_ASKS_EARLY			12	/* home_knows 1 */
#define ANSWER_NOT_KEPT			13	/* home_knows 1 */
#define MOVED_TO_THE_DEAD		14	/* home_knows 1 */
#define SILENT_HOME_IS_DEAD		15	/* home_knows 1 */
#define NO_SIGN_OF_LIFE			16	/* home_knows 2 */
