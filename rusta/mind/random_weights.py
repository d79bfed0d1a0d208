"""A model of the real architecture with random weights, for tests."""

from pathlib import Path

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")

# Qwen2.5's ChatML template, without tools.
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write_random_weights(
    folder: Path,
    *,
    seed: int,
    context: int,
    hidden: int,
    blocks: int,
    heads: int,
    kv_heads: int,
    intermediate: int,
) -> None:
    """Write config, weights and a byte-level tokenizer to `folder`, determined by the arguments alone."""
    import torch
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import AddedToken, Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer
    from transformers.utils import logging

    letters = sorted(ByteLevel.alphabet())
    tokenizer = Qwen2Tokenizer(
        vocab={letter: n for n, letter in enumerate(letters)}, merges=[], eos_token=SPECIAL[2], pad_token=SPECIAL[0]
    )
    tokenizer.add_tokens([AddedToken(token, normalized=False, special=True) for token in SPECIAL])
    tokenizer.chat_template = TEMPLATE
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=intermediate,
        num_hidden_layers=blocks,
        num_attention_heads=heads,
        num_key_value_heads=kv_heads,
        max_position_embeddings=context,
        tie_word_embeddings=False,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    logging.disable_progress_bar()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        Qwen2ForCausalLM(config).bfloat16().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
