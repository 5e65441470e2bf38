using System.Globalization;
using System.Text;
using MolSampling.Potentials;

namespace MolSampling.Jobs.FreeEnergies.Files;

/// <summary>The rows of a dhdl.xvg, as they come.</summary>
internal sealed class XvgRows(string path, XvgHeader header, double temperature)
{
    /// <summary>How far twice the same column may be apart, kJ/mol, or relative to a larger number.</summary>
    private const double SameColumn = 0.01;

    private readonly double _beta = 1 / (Units.GasConstant * temperature);
    private readonly XvgColumn[] _roles = [.. header.Roles];
    private readonly double[] _row = new double[header.Roles.Count + 1], _difference = new double[header.Columns.Count],
        _gradient = new double[header.LambdaNames.Count];
    private readonly bool _hasDifferences = header.Columns.Count > 0;
    private readonly List<double> _times = [], _potentials = [], _gradients = [];
    private readonly List<int> _states = [];
    private readonly List<LambdaState> _sampled = header.State is null ? [] : [header.State];
    private readonly int[] _sampledOfColumn = [.. Enumerable.Repeat(-1, header.Columns.Count)];
    private readonly int _fixedColumn = header.State is null ? -1 : header.Columns.ToList().IndexOf(header.State);
    private readonly OwnStateCheck _ownState = new();
    private readonly UnusableColumn?[] _unusable = new UnusableColumn?[header.Roles.Count + 1];
    private int _runStart;
    private bool _restarted;

    public void Add(ReadOnlySpan<byte> line, int number)
    {
        Parse(line, number);
        double time = _row[0], pressureVolume = 0, energy = 0;
        int own = _fixedColumn;
        _difference.AsSpan().Fill(double.NaN);
        for (int c = 0; c < _roles.Length; c++)
        {
            double value = _row[c + 1];
            (XvgRole role, int index) = _roles[c];
            switch (role)
            {
                case XvgRole.Gradient:
                    _gradient[index] = value;
                    break;
                case XvgRole.Difference:
                    if (Math.Abs(_difference[index] - value) > SameColumn * Math.Max(1, Math.Abs(value))) // false while it is NaN
                        throw Bad(path, number, $"two columns lead to state {header.Columns[index]}, with different numbers");
                    if (double.IsNaN(_difference[index]))
                        _difference[index] = value;
                    break;
                case XvgRole.PressureVolume:
                    pressureVolume = value;
                    break;
                case XvgRole.Energy:
                    energy = value;
                    break;
                case XvgRole.State:
                    if (!(value >= 0 && value < header.Schedule.Count && value == Math.Floor(value)))
                        throw Bad(path, number, FormattableString.Invariant($"thermodynamic state {value} of {header.Schedule.Count}"));
                    own = header.Schedule[(int)value];
                    break;
                default:
                    break;
            }
        }
        double stated = own >= 0 ? _difference[own] : 0;
        if (own >= 0 && !_ownState.Accept(_difference, own, energy, number))
            throw double.IsFinite(stated) ? NotItsState(own, stated, number)
                : Bad(path, number, FormattableString.Invariant($"the difference to the row's own state {header.Columns[own]} is {stated}"));
        int state = header.State is null ? Sampled(own) : 0;
        if (_times.Count > 0 && !(time > _times[^1]) && !_restarted && !Repeats(time, state))
            throw Bad(path, number,
                FormattableString.Invariant($"time {time} ps does not come after {_times[^1]} ps: rows repeated after a restart, or files joined? Keep one of each"));
        if (_times.Count > 0 && !(time > _times[^1]))
            _runStart = _times.Count;
        _restarted = false;
        _times.Add(time);
        _states.Add(state);
        if (header.HasGradients)
            foreach (double value in _gradient)
                _gradients.Add(_beta * value);
        if (_hasDifferences)
            foreach (double value in _difference)
                _potentials.Add(_beta * value + _beta * pressureVolume + _beta * energy);
    }

    /// <summary>A header has been repeated: time may go back.</summary>
    public void Restart() => _restarted = true;

    /// <summary>Whether the row that was just read is one of the present run that comes again, at least nearly to the digits.</summary>
    private bool Repeats(double time, int state)
    {
        int at = _times.BinarySearch(_runStart, _times.Count - _runStart, time, null);
        if (at < 0 || _states[at] != state)
            return false;
        for (int l = 0; l < _gradient.Length && header.HasGradients; l++)
            if (!Near(_gradients[at * _gradient.Length + l], _beta * _gradient[l]))
                return false;
        int own = header.Columns.ToList().IndexOf(_sampled[state]), width = _difference.Length;
        for (int c = 0; c < width && own >= 0; c++)
            if (!Near(_potentials[at * width + c] - _potentials[at * width + own], _beta * _difference[c]))
                return false;
        return header.HasGradients || own >= 0;
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) <= RunArrangement.SameDigits * Math.Max(1, Math.Abs(a))
        || double.IsNaN(a) && double.IsNaN(b);

    private InvalidDataException NotItsState(int own, double difference, int line) => Bad(path, line, FormattableString.Invariant(
        $"the difference to the row's own state {header.Columns[own]} is {difference} kJ/mol, not 0: the stated lambda is not the one that was sampled"));

    private static InvalidDataException Bad(string path, int line, string reason) => new($"{path}, line {line}: {reason}");

    private int Sampled(int column)
    {
        if (_sampledOfColumn[column] < 0)
        {
            _sampledOfColumn[column] = _sampled.Count;
            _sampled.Add(header.Columns[column]);
        }
        return _sampledOfColumn[column];
    }

    private void Parse(ReadOnlySpan<byte> line, int number)
    {
        int count = 0;
        while (!line.IsEmpty)
        {
            int end = line.IndexOfAny((byte)' ', (byte)'\t');
            ReadOnlySpan<byte> word = end < 0 ? line : line[..end];
            line = end < 0 ? default : line[end..].TrimStart(" \t"u8);
            if (count < _row.Length)
                _row[count] = Number(word, count, number);
            count++;
        }
        if (count != _row.Length)
            throw Bad(path, number, $"{count} columns, but the header describes {_row.Length} (time and {_roles.Length} more)");
    }

    private double Number(ReadOnlySpan<byte> word, int column, int line)
    {
        if (double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value))
            return value;
        string text = Encoding.UTF8.GetString(word[..Math.Min(word.Length, 40)]), lower = text.TrimStart('-', '+').ToLowerInvariant();
        bool isNumber = !double.IsFinite(value) || lower.StartsWith("nan", StringComparison.Ordinal) || lower.StartsWith("inf",
            StringComparison.Ordinal);
        InvalidDataException bad = Bad(path, line, $"column {column + 1}: \"{text}\" is not a {(isNumber ? "finite " : "")}number");
        (XvgRole role, int index) = column == 0 ? default : _roles[column - 1];
        // Whether something uses it is known when all files are read; one lambda always changes, and a row needs its own state.
        bool mayBeUnused = isNumber && column > 0 && role switch
        {
            XvgRole.Unused or XvgRole.PressureVolume or XvgRole.Energy => true,
            XvgRole.Gradient => header.LambdaNames.Count > 1,
            XvgRole.Difference => index != _fixedColumn,
            _ => false,
        };
        if (!mayBeUnused)
            throw bad;
        if (role != XvgRole.Unused)
            _unusable[column] ??= new(role == XvgRole.Difference ? header.Columns[index] : null, index, bad.Message);
        // a constant of the row, which cancels in every difference
        return role is XvgRole.PressureVolume or XvgRole.Energy ? 0 : double.NaN;
    }

    public AlchemicalFile Complete(IReadOnlyList<string> warnings)
    {
        if (_times.Count == 0)
            throw new InvalidDataException($"{path}: a header without a complete row");
        if (_ownState.Refusal() is { } refusal)
            throw NotItsState(refusal.State, refusal.Difference, refusal.Line);
        var notes = new List<string>(warnings);
        if (_ownState.Mention is { } rounding)
            notes.Add(FormattableString.Invariant($"{path}: rounding leaves up to {rounding:g2} kJ/mol in the difference to the own state, which was taken as 0"));
        bool IsRowConstant(int column) => column > 0 && _roles[column - 1].Role is XvgRole.PressureVolume or XvgRole.Energy;
        notes.AddRange(Enumerable.Range(1, _roles.Length).Where(c => IsRowConstant(c) && _unusable[c] is not null).Select(c =>
            $"{_unusable[c]!.Where}: taken as 0, since it cancels in every difference"));
        return new()
        {
            Source = path,
            LambdaNames = header.LambdaNames,
            Temperature = temperature,
            Times = [.. _times],
            SampledStates = _sampled,
            StateOfRow = [.. _states],
            Columns = header.Columns,
            ReducedPotentials = _hasDifferences ? [.. _potentials] : null,
            Gradients = header.HasGradients ? [.. _gradients] : null,
            Warnings = notes,
            Unusable = [.. Enumerable.Range(1, _roles.Length).Where(c => !IsRowConstant(c) && _unusable[c] is not null).Select(c =>
                _unusable[c]!)],
        };
    }
}
