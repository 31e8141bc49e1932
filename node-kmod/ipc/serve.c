// SPDX-License-Identifier: GPL-2.0-only
/* What this node does when the master tells it, and what it says of what it has. */
#include "ipc.h"

#define KRG_DESCRIBED	(KRG_RPC_MAX / sizeof(struct krg_ipc_wire))

ssize_t krg_ipc_tell(int node, struct krg_ipc_wire *wire, void *answer, size_t max)
{
	return krg_rpc_call(node, KRG_IPC_TELL, wire, sizeof(*wire), answer, max);
}

static int krg_tell_remove(struct krg_ipc_object *obj, struct krg_ipc_wire *answer)
{
	krg_ipc_remove(obj);
	obj->used = obj->kind == KRG_IPC_SHM &&
		    (obj->attaching || krg_shm_attached(obj->id));
	answer->used = obj->used;
	return 0;
}

static void krg_tell_describe(struct krg_rpc_request *req, const struct krg_ipc_wire *wire)
{
	size_t max = min_t(size_t, wire->flags ? 1 : KRG_DESCRIBED,
			   req->reply_max / sizeof(*wire));
	struct krg_ipc_wire *answer = req->reply;
	struct krg_ipc_object *obj;
	unsigned long first = krg_ipc_index(wire->kind, wire->id), index;
	size_t count = 0;

	xa_for_each_start(&krg_ipc_objects, index, obj, first) {
		if (count == max || (wire->flags && index != first))
			break;
		krg_ipc_describe(obj, answer + count++);
	}
	req->reply_len = count * sizeof(*wire);
}

static int krg_tell_object(struct krg_rpc_request *req, const struct krg_ipc_wire *wire)
{
	struct krg_ipc_object *obj = krg_ipc_find(wire->kind, wire->id);

	if (!obj)
		return -ENOENT;
	switch (wire->op) {
	case KRG_IPC_REMOVE:
		if (req->reply_max < sizeof(*wire))
			return -EPROTO;
		req->reply_len = sizeof(*wire);
		return krg_tell_remove(obj, req->reply);
	case KRG_IPC_SET:
		krg_ipc_set(obj, wire);
		return 0;
	case KRG_IPC_DESTROY:
		krg_ipc_destroy(obj, true);
		return 0;
	case KRG_IPC_KEPT_BY:
		obj->keeper = wire->keeper;
		return 0;
	}
	return -EPROTO;
}

static int krg_serve_tell(struct krg_rpc_request *req)
{
	struct krg_ipc_wire wire;
	int err = -EAGAIN;

	if (req->len != sizeof(wire))
		return -EPROTO;
	wire = *(const struct krg_ipc_wire *)req->arg;
	if (wire.id < 0 || wire.kind >= KRG_IPC_KINDS || wire.keeper >= KRG_MAX_NODES)
		return -EPROTO;
	mutex_lock(&krg_ipc_lock);
	if (krg_ipc_ns) {
		err = 0;
		if (wire.op == KRG_IPC_MAKE)
			err = krg_ipc_make(&wire);
		else if (wire.op == KRG_IPC_DESCRIBE)
			krg_tell_describe(req, &wire);
		else
			err = krg_tell_object(req, &wire);
	}
	mutex_unlock(&krg_ipc_lock);
	return err;
}

int krg_ipc_serve_init(void)
{
	return krg_rpc_serve(KRG_IPC_TELL, krg_serve_tell, 0);
}

void krg_ipc_serve_exit(void)
{
	krg_rpc_withdraw(KRG_IPC_TELL);
}
