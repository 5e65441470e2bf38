using System.Globalization;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>What a column of a dhdl.xvg holds.</summary>
internal enum XvgRole
{
    Unused,
    Gradient,
    Difference,
    PressureVolume,
    Energy,
    State,
}

/// <summary>A column: its role and, for a gradient, the number of its lambda, for a difference, the number of its state among
/// <see cref="XvgHeader.Columns"/>.</summary>
internal readonly record struct XvgColumn(XvgRole Role, int Index);

/// <summary>The header of a GROMACS dhdl.xvg, as open_dhdl writes it (GROMACS, src/gromacs/mdlib/energyoutput.cpp).</summary>
internal sealed class XvgHeader
{
    private readonly string _path;
    private readonly List<(string Legend, int Line)> _legends = [];
    private readonly List<string> _names = [];
    private readonly List<LambdaState> _columns = [];
    private readonly Dictionary<LambdaState, int> _columnOf = [];
    private (string Text, int Line) _subtitle = ("", 0);

    public XvgHeader(string path) => _path = path;

    /// <summary>Lines that begin with @ or # so far.</summary>
    public int LineCount { get; private set; }

    /// <summary>K; null if not said.</summary>
    public double? Temperature { get; private set; }

    public IReadOnlyList<string> LambdaNames => _names;

    /// <summary>The state of all rows; null if a column tells it row by row.</summary>
    public LambdaState? State { get; private set; }

    /// <summary>The different states that differences lead to.</summary>
    public IReadOnlyList<LambdaState> Columns => _columns;

    /// <summary>For every difference in the order of the file, its number among <see cref="Columns"/>: a schedule may hold a state
    /// twice.</summary>
    public List<int> Schedule { get; } = [];

    /// <summary>Of all columns after the time.</summary>
    public List<XvgColumn> Roles { get; } = [];

    public bool HasGradients { get; private set; }

    public List<string> Warnings { get; } = [];

    /// <summary>Takes a line that begins with @ or #.</summary>
    public void Add(ReadOnlySpan<byte> bytes, int number)
    {
        LineCount++;
        if (bytes[0] == (byte)'#')
            return;
        string line = System.Text.Encoding.UTF8.GetString(bytes)[1..].Trim();
        if (line.StartsWith("subtitle", StringComparison.Ordinal))
            _subtitle = (Quoted(line), number);
        else if (line.StartsWith("xaxis", StringComparison.Ordinal) && Quoted(line) is { Length: > 0 } label && !label.Contains("(ps)",
            StringComparison.Ordinal))
            throw Bad(number, $"the horizontal axis is \"{label}\", not a time in ps");
        else if (line.Length > 1 && line[0] == 's' && char.IsAsciiDigit(line[1]) && line.Contains("legend", StringComparison.Ordinal))
        {
            string digits = line[1..line.IndexOf(' ', StringComparison.Ordinal)];
            if (digits != _legends.Count.ToString(CultureInfo.InvariantCulture))
                throw Bad(number, $"the legend of column s{digits} where that of s{_legends.Count} was expected");
            _legends.Add((Quoted(line), number));
        }
    }

    /// <summary>Makes sense of it, once the first row is reached.</summary>
    /// <param name="line">Where the header ends.</param>
    public void Complete(int line)
    {
        if (LineCount == 0)
            throw Bad(line, "is not an xvg file: no header");
        ReadSubtitle();
        var gradients = new List<(string Name, LambdaState? Value, int Line)>();
        bool hasStateColumn = false, hasEnergy = false;
        foreach ((string legend, int number) in _legends)
        {
            if (legend.Contains(@"dH/d\xl", StringComparison.Ordinal))
            {
                string name = legend.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(w =>
                    w.Contains("lambda", StringComparison.Ordinal))
                    ?? throw Bad(number, $"the legend \"{legend}\" does not name a lambda");
                int equals = legend.LastIndexOf('=');
                gradients.Add((name, equals < 0 ? null : Vector(legend[(equals + 1)..], number), number));
                Roles.Add(new(XvgRole.Gradient, gradients.Count - 1));
            }
            else if (legend.Contains(@"\xD\f{}H", StringComparison.Ordinal) && legend.LastIndexOf(" to ",
                StringComparison.Ordinal) is >= 0 and int to)
                AddDifference(Vector(legend[(to + 4)..], number));
            else if (legend.StartsWith("pV", StringComparison.Ordinal))
                Roles.Add(new(XvgRole.PressureVolume, 0));
            else if (legend.Contains("Thermodynamic state", StringComparison.Ordinal))
            {
                hasStateColumn = true;
                Roles.Add(new(XvgRole.State, 0));
            }
            else if (!hasEnergy && (legend.StartsWith("Total Energy", StringComparison.Ordinal) || legend.StartsWith("Potential Energy",
                StringComparison.Ordinal)))
            {
                hasEnergy = true;
                Roles.Add(new(XvgRole.Energy, 0));
            }
            else
            {
                Warnings.Add($"{_path}, line {number}: the column \"{legend}\" is not used");
                Roles.Add(default);
            }
        }
        if (gradients.Count == 0 && _columns.Count == 0)
            throw Bad(line, "no column is dH/dl or a difference to another state: not a dhdl.xvg");
        if (_names.Count == 0)
            _names.AddRange(gradients.Select(g => g.Name));
        if (_names.Count == 0)
            throw Bad(line, "nothing names the lambdas: no state in the subtitle, no dH/dl");
        if (_names.Distinct().Count() < _names.Count)
            throw Bad(gradients.Count > 0 ? gradients[^1].Line : _subtitle.Line, $"a lambda is named twice ({string.Join(", ", _names)})");
        PlaceGradients(gradients);
        PlaceState(gradients, hasStateColumn, line);
        if (_columns.FirstOrDefault(c => c.Values.Count != _names.Count) is { } odd)
            throw Bad(line, $"a difference leads to {odd}, but there are {_names.Count} lambdas ({string.Join(", ", _names)})");
    }

    /// <summary>Whether another header of the file describes the same columns of the same state at the same temperature.</summary>
    public bool SaysTheSameAs(XvgHeader other) => Temperature == other.Temperature && Equals(State, other.State)
        && _names.SequenceEqual(other._names) && _columns.SequenceEqual(other._columns)
        && Schedule.SequenceEqual(other.Schedule) && Roles.SequenceEqual(other.Roles);

    private void ReadSubtitle()
    {
        (string text, int number) = _subtitle;
        int t = text.IndexOf("T = ", StringComparison.Ordinal);
        if (t >= 0)
        {
            string word = text[(t + 4)..].Split(' ', 2)[0];
            Temperature = Number(word, number);
            if (Temperature <= 0)
                throw Bad(number, $"a temperature of {word} K");
        }
        int state = text.IndexOf("state ", StringComparison.Ordinal), colon = state < 0 ? -1 : text.IndexOf(':', state), equals = colon < 0
            ? -1 : text.IndexOf('=', colon);
        if (state < 0)
            return;
        if (equals < 0)
            throw Bad(number, $"the lambda state in \"{text}\" cannot be read");
        _names.AddRange(text[(colon + 1)..equals].Split([' ', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries));
        State = Vector(text[(equals + 1)..], number);
        if (_names.Count != State.Values.Count)
            throw Bad(number, $"{_names.Count} lambdas are named, {State.Values.Count} have a value");
    }

    private void AddDifference(LambdaState to)
    {
        if (!_columnOf.TryGetValue(to, out int index))
        {
            _columnOf[to] = index = _columns.Count;
            _columns.Add(to);
        }
        Schedule.Add(index);
        Roles.Add(new(XvgRole.Difference, index));
    }

    /// <summary>Gives gradients the number of their lambda.</summary>
    private void PlaceGradients(List<(string Name, LambdaState? Value, int Line)> gradients)
    {
        int[] place = new int[gradients.Count];
        for (int g = 0; g < place.Length; g++)
            if ((place[g] = _names.IndexOf(gradients[g].Name)) < 0)
                throw Bad(gradients[g].Line,
                    $"dH/dl of {gradients[g].Name}, which is none of the lambdas of the state ({string.Join(", ", _names)})");
            else if (place.AsSpan(0, g).Contains(place[g]))
                throw Bad(gradients[g].Line, $"a second dH/dl of {gradients[g].Name}");
        HasGradients = place.Length == _names.Count;
        if (!HasGradients && place.Length > 0)
            Warnings.Add($"{_path}: dH/dl is given for {string.Join(", ", gradients.Select(g => g.Name))} but not for all lambdas ({string.Join(", ", _names)}): it is not used");
        for (int c = 0; c < Roles.Count; c++)
            if (Roles[c].Role == XvgRole.Gradient)
                Roles[c] = HasGradients ? new(XvgRole.Gradient, place[Roles[c].Index]) : default;
    }

    private void PlaceState(List<(string Name, LambdaState? Value, int Line)> gradients, bool hasStateColumn, int line)
    {
        if (hasStateColumn)
        {
            State = null;
            if (Schedule.Count == 0)
                throw Bad(line, "a column numbers the thermodynamic state, but no column says which states there are");
            return;
        }
        foreach ((string name, LambdaState? value, int number) in gradients)
            if (State is not null && value is not null
                && (value.Values.Count != 1 || value.Values[0] != State.Values[_names.IndexOf(name)]))
                throw Bad(number, $"dH/dl at {name} = {value}, but the subtitle (line {_subtitle.Line}) says that the state is {State}");
        // Replica exchange as some versions write it: only the legends of dH/dl tell the state.
        if (State is null && gradients.Count == _names.Count && gradients.All(g => g.Value?.Values.Count == 1))
            State = new([.. gradients.Select(g => g.Value!.Values[0])]);
        if (State is null)
            throw Bad(_subtitle.Line > 0 ? _subtitle.Line : line, "the file does not say in which lambda state it was sampled");
    }

    /// <summary>"0.25" or "(0.5, 0)".</summary>
    private LambdaState Vector(string text, int line)
    {
        string[] words = text.Split([' ', ',', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length > 0 ? new LambdaState([.. words.Select(w => Number(w, line))])
            : throw Bad(line, "a lambda state without numbers");
    }

    private double Number(string text, int line) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value
            : throw Bad(line, $"\"{text}\" is not a number");

    private static string Quoted(string line)
    {
        int open = line.IndexOf('"', StringComparison.Ordinal), close = line.LastIndexOf('"');
        return open >= 0 && close > open ? line[(open + 1)..close] : "";
    }

    private InvalidDataException Bad(int line, string reason) => new($"{_path}, line {line}: {reason}");
}
