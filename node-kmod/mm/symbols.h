/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KRG_MM_SYMBOLS_H
#define KRG_MM_SYMBOLS_H

#include <linux/shmem_fs.h>
#include "../hooks/compat.h"

#if KRG_KERNEL_SINCE(6, 12)
#define KRG_SHMEM_GET_FOLIO							\
	(struct inode *inode, pgoff_t index, loff_t write_end, struct folio **foliop, \
	 enum sgp_type sgp)
#define krg_shmem_get_folio(inode, index, foliop) \
	krg_sym(shmem_get_folio)(inode, index, 0, foliop, SGP_CACHE)
#define krg_mapping_owner(mapping) ((mapping)->i_private_data)
#else
#define KRG_SHMEM_GET_FOLIO							\
	(struct inode *inode, pgoff_t index, struct folio **foliop, enum sgp_type sgp)
#define krg_shmem_get_folio(inode, index, foliop) \
	krg_sym(shmem_get_folio)(inode, index, foliop, SGP_CACHE)
#define krg_mapping_owner(mapping) ((mapping)->private_data)
#endif

#define KRG_SYMBOLS(FUNC, VAR)							\
	FUNC(int, shmem_get_folio, KRG_SHMEM_GET_FOLIO)
#include <kerrighed/symbols.h>

#endif /* KRG_MM_SYMBOLS_H */
