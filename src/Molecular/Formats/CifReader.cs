namespace MolSampling.Molecular.Formats;

/// <summary>CIF's syntax: categories of the first data block. The others of a file (most of a deposited one) are read over.</summary>
internal sealed class CifReader
{
    private const int MostItems = 256; // of a category; the dictionary's largest has about fifty

    private readonly TextReader _reader;
    private readonly HashSet<string> _wanted;
    private readonly Dictionary<string, string> _pool = []; // most values return in every row: one string for each
    private readonly string _file;
    private readonly Queue<(string Text, bool IsQuoted)> _tokens = new();
    private int _line;

    private CifReader(TextReader reader, string file, IEnumerable<string> wanted) => (_reader, _file, _wanted) =
        (reader, file, new(wanted, StringComparer.OrdinalIgnoreCase));

    /// <summary>Tables by category.</summary>
    /// <param name="reader">The text.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="wanted">Categories that are kept, such as "_atom_site".</param>
    /// <exception cref="MoleculeFormatException">The text cannot be read; names file and line.</exception>
    public static Dictionary<string, CifTable> Read(TextReader reader, string file, params IEnumerable<string> wanted) =>
        new CifReader(reader, file, wanted).ReadBlock();

    private Dictionary<string, CifTable> ReadBlock()
    {
        var tables = new Dictionary<string, CifTable>(StringComparer.OrdinalIgnoreCase);
        bool inBlock = false;
        while (Peek() is { } token)
        {
            if (IsWord(token, "data_"))
            {
                if (inBlock)
                    break;
                inBlock = true;
                Take();
            }
            else if (IsWord(token, "loop_"))
                ReadLoop(tables);
            else if (IsName(token))
            {
                (string category, string item) = Split(Take().Text);
                if (!_wanted.Contains(category))
                {
                    Value();
                    continue;
                }
                CifTable table = tables.TryGetValue(category, out CifTable? existing) ? existing : tables[category] =
                    new([], [[]], [_line]);
                AddColumn(table, item);
                table.Rows[0] = [.. table.Rows[0], Value()];
            }
            else
                throw new MoleculeFormatException(_file, _line, $"'{token.Text}' stands where an item's name should");
        }
        return tables;
    }

    private void ReadLoop(Dictionary<string, CifTable> tables)
    {
        Take();
        var table = new CifTable([], [], []);
        string category = "";
        while (Peek() is { } name && IsName(name))
        {
            (category, string item) = Split(Take().Text);
            AddColumn(table, item);
        }
        if (table.Columns.Count == 0)
            throw new MoleculeFormatException(_file, _line, "a loop without items");
        bool isWanted = _wanted.Contains(category);
        var row = new string[table.Columns.Count];
        while (Peek() is { } value && !IsName(value) && !IsWord(value, "loop_") && !IsWord(value, "data_"))
        {
            int line = _line;
            for (int i = 0; i < row.Length; i++)
                row[i] = isWanted ? Pooled(Value()) : Value();
            if (!isWanted)
                continue;
            table.Lines.Add(line);
            table.Rows.Add([.. row]);
        }
        if (isWanted)
            tables[category] = table;
    }

    private void AddColumn(CifTable table, string item)
    {
        if (table.Columns.Count >= MostItems)
            throw new MoleculeFormatException(_file, _line, $"a category of more than {MostItems} items");
        if (!table.Columns.TryAdd(item, table.Columns.Count))
            throw new MoleculeFormatException(_file, _line, $"the item {item} is twice in its category");
    }

    private string Pooled(string value)
    {
        const int LongestPooled = 6, LargestPool = 100_000;
        if (value.Length > LongestPooled)
            return value;
        if (_pool.TryGetValue(value, out string? known))
            return known;
        if (_pool.Count < LargestPool)
            _pool[value] = value;
        return value;
    }

    private string Value()
    {
        if (Peek() is not { } token || IsName(token) || IsWord(token, "loop_") || IsWord(token, "data_"))
            throw new MoleculeFormatException(_file, _line, "a value is missing");
        return Take().Text;
    }

    private static (string Category, string Item) Split(string name) => name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot
        ? (name[..dot], name[(dot + 1)..]) : (name, "");

    private static bool IsName((string Text, bool IsQuoted) token) => !token.IsQuoted && token.Text.StartsWith('_');

    private static bool IsWord((string Text, bool IsQuoted) token, string word) => !token.IsQuoted && token.Text.StartsWith(word,
        StringComparison.OrdinalIgnoreCase);

    private (string Text, bool IsQuoted) Take()
    {
        Peek();
        return _tokens.Dequeue();
    }

    private (string Text, bool IsQuoted)? Peek()
    {
        while (_tokens.Count == 0)
        {
            if (_reader.ReadLine() is not { } text)
                return null;
            _line++;
            if (text.StartsWith(';'))
                _tokens.Enqueue((TextField(text[1..]), true));
            else
                Tokenize(text);
        }
        return _tokens.Peek();
    }

    private string TextField(string first)
    {
        var lines = new List<string> { first };
        int start = _line;
        while (_reader.ReadLine() is { } text)
        {
            _line++;
            if (text.StartsWith(';'))
                return string.Join('\n', lines);
            lines.Add(text);
        }
        throw new MoleculeFormatException(_file, start, "the text that begins here has no end");
    }

    private void Tokenize(string text)
    {
        for (int i = 0; i < text.Length;)
        {
            if (char.IsWhiteSpace(text[i]))
                i++;
            else if (text[i] == '#')
                return;
            else if (text[i] is '\'' or '"')
            {
                // A quote ends a value only before a blank: 5'-end needs no escape.
                int end = i + 1;
                while (end < text.Length && !(text[end] == text[i] && (end + 1 == text.Length || char.IsWhiteSpace(text[end + 1]))))
                    end++;
                if (end == text.Length)
                    throw new MoleculeFormatException(_file, _line, "a quoted value has no end");
                _tokens.Enqueue((text[(i + 1)..end], true));
                i = end + 1;
            }
            else
            {
                int end = i;
                while (end < text.Length && !char.IsWhiteSpace(text[end]))
                    end++;
                _tokens.Enqueue((text[i..end], false));
                i = end;
            }
        }
    }
}
